import type { Clock } from '../clock.ts';
import { KukuError, ProviderError } from '../errors.ts';
import type { SpeechSession } from '../providers/types.ts';
import { Chunker } from './chunker.ts';
import { heardText } from './heard.ts';
import { Playout, SLICE_MS, type Slice } from './playout.ts';

/** Synthesis runs at most this far ahead of what was sent, ms: the next chunk while this one plays, not the whole book. */
const AHEAD_MS = 8_000;

/** Encodes synthesised samples for the client. One a reply: resamplers keep state between chunks. */
export interface ReplyEncoder {
  readonly bytesPerMs: number;
  encode(samples: Int16Array): Uint8Array;
  flush(): Uint8Array;
  close(): void;
}

export interface Voice {
  session: SpeechSession;
  voice: string;
  language: string;
  encoder: ReplyEncoder;
}

/** Moments of one reply, monotonic ms; null until they happen. */
export interface ReplyTimings {
  asked: number;
  firstToken: number | null;
  firstChunk: number | null;
  speechAsked: number | null;
  speechFirst: number | null;
}

export interface ReplyEvents {
  onText(delta: string): void;
  /** The whole text is known (audio may still be on its way). */
  onTextDone(text: string): void;
  onSlice(slice: Slice): void;
  /** Everything was handed to the client. */
  onSent(): void;
  onFailed(error: KukuError): void;
}

interface SpokenChunk {
  text: string;
  start_ms: number;
  duration_ms: number;
  /** False while it is being synthesised: its length is not known yet. */
  done: boolean;
}

/** What a reply came to so far. */
export interface ReplySnapshot {
  text: string;
  heard_text: string;
  heard_ms: number;
  sent_ms: number;
  unheard_ms: number;
}

/**
 * One reply on its way: text deltas become chunks, chunks become audio, audio is paced to the listener. Cancelling it
 * is the one way out, for barge-in, hang-up, end and shutdown alike; nothing runs on behind it.
 */
export class Reply {
  readonly timings: ReplyTimings;
  readonly playout: Playout;
  #clock: Clock;
  #events: ReplyEvents;
  #voice: Voice | null;
  #abort = new AbortController();
  #text = '';
  #chunks: SpokenChunk[] = [];
  #bytes = 0;

  /** `voice` null: nobody listens; only the text is made. */
  constructor(clock: Clock, voice: Voice | null, events: ReplyEvents) {
    this.#clock = clock;
    this.#voice = voice;
    this.#events = events;
    this.timings = { asked: clock.mono(), firstToken: null, firstChunk: null, speechAsked: null, speechFirst: null };
    this.playout = new Playout(clock, {
      onSlice: (slice) => events.onSlice(slice),
      onSent: () => {
        this.#voice?.encoder.close();
        this.#voice = null;
        events.onSent();
      },
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** `source`: the reply's text as it is written; it must stop when `signal` aborts. Never rejects. */
  async run(source: AsyncIterable<string>): Promise<void> {
    try {
      if (this.#voice === null) await this.#runSilently(source);
      else await this.#runSpoken(source, this.#voice);
    } catch (error) {
      if (this.signal.aborted) return;
      this.cancel();
      this.#events.onFailed(
        error instanceof KukuError ? error : new ProviderError('reply', 'failed', { cause: error }),
      );
    }
  }

  cancel(): void {
    if (this.signal.aborted) return;
    this.#abort.abort(new KukuError('the reply was cancelled', { code: 'cancelled', status: 499 }));
    this.playout.stop();
    this.#voice?.encoder.close();
    this.#voice = null;
  }

  snapshot(): ReplySnapshot {
    const heard_ms = this.playout.heardMs();
    return {
      text: this.#text,
      heard_text: heardText(this.#chunks, heard_ms).trim(),
      heard_ms,
      sent_ms: this.playout.sentMs,
      unheard_ms: this.playout.unheardMs(),
    };
  }

  /** The text heard when the client had played `ms`. */
  heardAt(ms: number): string {
    return heardText(this.#chunks, ms).trim();
  }

  async #runSilently(source: AsyncIterable<string>): Promise<void> {
    for await (const delta of source) {
      if (this.signal.aborted) return;
      this.#take(delta);
    }
    if (this.signal.aborted) return;
    this.#finishText();
    this.#events.onSent();
  }

  #take(delta: string): void {
    this.timings.firstToken ??= this.#clock.mono();
    this.#text += delta;
    this.#events.onText(delta);
  }

  #finishText(): void {
    if (this.#text.trim() === '') throw new ProviderError('coach', 'an empty reply', { code: 'empty_reply' });
    this.#events.onTextDone(this.#text.trim());
  }

  /** Two loops: text to chunks, and chunks to audio, so that the model is never held up by the voice. */
  async #runSpoken(source: AsyncIterable<string>, voice: Voice): Promise<void> {
    const chunker = new Chunker();
    const ready: string[] = [];
    let wake = () => {};
    let written = false;
    const put = (chunks: string[]) => {
      if (chunks.length === 0) return;
      this.timings.firstChunk ??= this.#clock.mono();
      ready.push(...chunks);
      wake();
    };
    const writing = (async () => {
      try {
        for await (const delta of source) {
          if (this.signal.aborted) return;
          this.#take(delta);
          put(chunker.push(delta));
          put(chunker.hurry());
        }
        if (this.signal.aborted) return;
        put(chunker.end());
        this.#finishText();
      } finally {
        written = true;
        wake();
      }
    })();
    // A failed writer is met below; this keeps it from being called unhandled before that.
    writing.catch(() => {});
    for (;;) {
      const chunk = ready.shift();
      if (chunk !== undefined) {
        await this.#speak(chunk, voice);
        if (this.signal.aborted) return;
        continue;
      }
      if (written) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await writing;
    if (this.signal.aborted) return;
    this.#pushBytes(voice.encoder.flush(), voice, true);
    this.playout.finish();
  }

  async #speak(text: string, voice: Voice): Promise<void> {
    this.timings.speechAsked ??= this.#clock.mono();
    const chunk: SpokenChunk = { text, start_ms: this.#bytes / voice.encoder.bytesPerMs, duration_ms: 0, done: false };
    this.#chunks.push(chunk);
    const options = { voice: voice.voice, language: voice.language, signal: this.signal };
    for await (const audio of voice.session.synthesize(text, options)) {
      if (this.signal.aborted) return;
      this.timings.speechFirst ??= this.#clock.mono();
      this.#pushBytes(voice.encoder.encode(audio.samples), voice, false);
      chunk.duration_ms = this.#bytes / voice.encoder.bytesPerMs - chunk.start_ms;
    }
    chunk.done = true;
    await this.playout.room(AHEAD_MS);
  }

  #pushBytes(bytes: Uint8Array, voice: Voice, last: boolean): void {
    const perSlice = voice.encoder.bytesPerMs * SLICE_MS;
    for (let at = 0; at < bytes.length; at += perSlice) {
      const piece = bytes.subarray(at, Math.min(at + perSlice, bytes.length));
      const start = this.#bytes / voice.encoder.bytesPerMs;
      this.#bytes += piece.length;
      this.playout.push({ start_ms: start, duration_ms: piece.length / voice.encoder.bytesPerMs, bytes: piece });
    }
    if (last) {
      const chunk = this.#chunks.at(-1);
      if (chunk !== undefined) chunk.duration_ms = this.#bytes / voice.encoder.bytesPerMs - chunk.start_ms;
    }
  }
}
