import { type AudioDecoder, createDecoder } from '../audio/format.ts';
import type { Clock } from '../clock.ts';
import { Listener } from '../conversation/listener.ts';
import { Cancelled, InvalidInput, KukuError } from '../errors.ts';
import {
  LISTEN_RATE,
  type TranscriberSession,
  type TranscriptionProvider,
  type UtteranceStream,
  type VoiceActivityProvider,
} from '../providers/types.ts';
import { codecFormat, detection } from './settings.ts';
import type { SessionInput, Settings } from './state.ts';

/** Above this the engine itself says that nobody spoke: the words are invented. */
const NO_SPEECH_LIMIT = 0.8;

/** A reply that was paused for a voice waits for its "mm-hm" to be over no longer than this, ms. */
const WAITING_PAUSE_MS = 500;

/** A hole in the capture clock longer than this ends what was being said before it, ms. */
const MAX_HOLE_MS = 2_000;

/** G.711 has samples of one byte; all else is 16 bits. */
const G711_BYTES_PER_MS = 8;

export interface EarsParts {
  clock: Clock;
  voiceActivity: VoiceActivityProvider | null;
  transcription: TranscriptionProvider;
}

/** When the last utterance ended: the start of the turn's timings, monotonic ms. */
export interface HeardTimings {
  voice_ended: number;
  endpointed: number;
  transcribed: number | null;
  speech_ms: number;
}

interface Utterance {
  /** Capture time, ms. */
  start_ms: number;
  stream: UtteranceStream;
  abort: AbortController;
  samples: number;
  words: string;
}

export interface EarsEvents {
  input(input: SessionInput): void;
  /** The transcriber is busy with others; the words wait. */
  queued(): void;
  /** An engine failed where nobody waits for it. */
  fault(error: unknown): void;
}

/** One connection's way in: bytes to samples, samples to utterances, utterances to words. */
export class Ears {
  timings: HeardTimings | null = null;
  #parts: EarsParts;
  #events: EarsEvents;
  #settings: Settings;
  #language: string;
  #decoder: AudioDecoder;
  #listener: Listener;
  #transcriber: TranscriberSession;
  #current: Utterance | null = null;
  #ended: Utterance | null = null;
  /** Utterances whose words are not known yet, and where each began: capture time, ms. */
  #pending = new Map<AbortController, number>();
  #inOrder: Promise<void> = Promise.resolve();

  constructor(parts: EarsParts, settings: Settings, language: string, events: EarsEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#settings = settings;
    this.#language = language;
    this.#decoder = createDecoder(codecFormat(settings.input_format));
    this.#transcriber = parts.transcription.open();
    const detector = parts.voiceActivity?.open() ?? { feed: () => 0 as const, reset() {}, close() {} };
    this.#listener = new Listener(detector, detection(settings.turn_detection), {
      onSpeech: (at) => this.#begin(at),
      onSamples: (samples) => this.#hear(samples),
      onEnd: (at, pause) => this.#end(at, pause),
    });
  }

  /** Capture time up to which the client may forget its audio, ms. */
  get safeMs(): number {
    return Math.min(this.#listener.safeMs, ...this.#pending.values());
  }

  /** Capture time received so far, ms (kuku.v1). */
  #receivedMs = 0;

  /** How long the user has been silent inside what they are saying, ms. */
  get silenceMs(): number {
    return this.#listener.pauseMs;
  }

  /** What endpointing goes by: the coach's last words, and whether a reply waits to go on. Language of what comes next. */
  expect(language: string, question: string | null, replyWaits: boolean): void {
    this.#language = language;
    this.#listener.question = question;
    this.#listener.longestPauseMs = replyWaits ? WAITING_PAUSE_MS : Number.POSITIVE_INFINITY;
  }

  configure(settings: Settings): void {
    if (JSON.stringify(settings.input_format) !== JSON.stringify(this.#settings.input_format)) {
      this.#decoder.close();
      this.#decoder = createDecoder(codecFormat(settings.input_format));
    }
    this.#settings = settings;
    this.#listener.setDetection(detection(settings.turn_detection));
  }

  /** Audio in the input format. @throws InvalidInput naming `audio`. */
  audio(bytes: Uint8Array): void {
    this.#listener.feed(this.#decoder.decode(bytes));
  }

  /** Audio with its capture time: what is already here is dropped, so a client may send again (FAULTS row 6). */
  audioAt(startMs: number, bytes: Uint8Array, bytesPerMs: number): void {
    if (bytesPerMs > G711_BYTES_PER_MS && bytes.length % 2 !== 0) {
      throw new InvalidInput('16-bit samples come in pairs of bytes', 'audio');
    }
    const hole = startMs - this.#receivedMs;
    const endMs = startMs + bytes.length / bytesPerMs;
    if (endMs <= this.#receivedMs) return;
    this.#receivedMs = endMs;
    // Frames are whole milliseconds on the wire: a millisecond either way is rounding.
    if (hole > MAX_HOLE_MS || (hole > 1 && !this.#listener.speaking)) this.#listener.skip(hole);
    this.audio(hole < -1 ? bytes.subarray(Math.floor(-hole) * bytesPerMs) : bytes);
  }

  /** Ends the utterance by hand. False when nothing was said. */
  commit(): boolean {
    return this.#listener.commit();
  }

  /** Gives up what is being said. `taken`: words that were taken already, too; else they are still transcribed. */
  forget(taken: boolean): void {
    const why = new Cancelled('the utterance was given up');
    this.#listener.clear();
    this.#current?.abort.abort(why);
    this.#ended?.abort.abort(why);
    if (taken) for (const abort of this.#pending.keys()) abort.abort(why);
    this.#current = null;
    this.#ended = null;
  }

  /** Asks for the final words of the utterance that just ended; they come as an input, in order. */
  transcribe(item_id: string): void {
    const utterance = this.#ended;
    this.#ended = null;
    if (utterance === null) return;
    const { clock } = this.#parts;
    const { timings } = this;
    this.#pending.set(utterance.abort, utterance.start_ms);
    const words = utterance.stream.finish();
    words.catch(() => {});
    this.#inOrder = this.#inOrder.then(async () => {
      try {
        const { text, no_speech } = await words;
        if (timings !== null) timings.transcribed = clock.mono();
        const said = (no_speech ?? 0) > NO_SPEECH_LIMIT ? '' : text.trim();
        // No turn: its times must not be taken for those of the next one.
        if (said === '' && this.timings === timings) this.timings = null;
        const speech_ms = (utterance.samples / LISTEN_RATE) * 1000;
        this.#settle(utterance, { type: 'transcript', item_id, text: said, speech_ms });
      } catch (error) {
        const { code, retryable } = error instanceof KukuError ? error : { code: 'provider_failed', retryable: true };
        const message = 'the words could not be transcribed';
        this.#settle(utterance, { type: 'transcript_failed', item_id, code, message, retryable });
      }
    });
  }

  /** The client is gone. What it finished saying is still transcribed. */
  hangUp(): void {
    this.#listener.clear();
    this.#listener.close();
    this.#decoder.close();
    for (const utterance of [this.#current, this.#ended]) utterance?.abort.abort(new Cancelled('hung up'));
    this.#current = null;
    this.#ended = null;
    void this.#inOrder.then(() => this.#transcriber.close()).catch((error: unknown) => this.#events.fault(error));
  }

  #settle(utterance: Utterance, input: SessionInput): void {
    this.#pending.delete(utterance.abort);
    if (!utterance.abort.signal.aborted) this.#events.input(input);
  }

  #begin(startMs: number): void {
    const abort = new AbortController();
    const stream = this.#transcriber.start({
      language: this.#language,
      signal: abort.signal,
      onPartial: (text) => {
        if (this.#current?.abort !== abort || text === this.#current.words) return;
        this.#current.words = text;
        this.#listener.partial = text;
        this.#events.input({ type: 'partial', text });
      },
      onQueued: () => {
        if (!abort.signal.aborted) this.#events.queued();
      },
    });
    this.#current = { start_ms: startMs, stream, abort, samples: 0, words: '' };
    const manual = this.#settings.turn_detection === null;
    this.#events.input({ type: 'speech_started', at_ms: startMs, manual });
  }

  #hear(samples: Int16Array): void {
    if (this.#current === null) return;
    this.#current.samples += samples.length;
    this.#current.stream.feed(samples);
  }

  #end(endMs: number, pauseMs: number): void {
    if (this.#current === null) return;
    const now = this.#parts.clock.mono();
    this.timings = {
      voice_ended: now - pauseMs,
      endpointed: now,
      transcribed: null,
      speech_ms: (this.#current.samples / LISTEN_RATE) * 1000 - pauseMs,
    };
    this.#ended = this.#current;
    this.#current = null;
    this.#events.input({ type: 'speech_ended', at_ms: endMs });
  }
}
