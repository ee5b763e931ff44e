import { LISTEN_RATE, VAD_FRAME_SAMPLES, VoiceActivity, type VoiceActivityDetector } from '../providers/types.ts';
import { type Detection, requiredPause } from './endpointing.ts';

const FRAME_MS = (VAD_FRAME_SAMPLES / LISTEN_RATE) * 1000;

/** Kept before the first confirmed voice, so that no first syllable is lost: 300 ms, and what confirming may take. */
const PRE_ROLL_FRAMES = (300 + 200) / FRAME_MS;

/**
 * Samples a frame is begun with: resamplers hand on the last millisecond with the next packet, and without this head
 * start every 20 ms packet would complete its frame only when the next one comes.
 */
const HEAD_START = LISTEN_RATE / 500;

/** Nobody speaks longer without a pause; past it the turn is taken, so that buffers stay bounded. */
const MAX_UTTERANCE_MS = 180_000;

export interface ListenerEvents {
  /** A voice was confirmed; the utterance (with its pre-roll) starts at this capture time, ms. */
  onSpeech(startMs: number): void;
  /** The utterance's samples at LISTEN_RATE, pre-roll included, in order. Only valid during the call. */
  onSamples(samples: Int16Array): void;
  /** The utterance is over. `pauseMs`: the silence that decided it, ending now. */
  onEnd(endMs: number, pauseMs: number): void;
}

/** Hears one session: frames, voice activity, pre-roll, endpointing. Knows no transcriber, no reply and no socket. */
export class Listener {
  #detector: VoiceActivityDetector;
  #events: ListenerEvents;
  #detection: Detection | null;
  #frame = new Int16Array(VAD_FRAME_SAMPLES);
  #filled = HEAD_START;
  #ring: Int16Array[] = [];
  #ringNext = 0;
  #ringCount = 0;
  #positionMs = 0;
  #startMs = 0;
  #speaking = false;
  #pauseMs = 0;
  #needMs = 0;
  #needFor: string | null = null;

  /** The hypothesis so far and the coach's last words: what endpointing goes by. */
  partial = '';
  question: string | null = null;
  /** While the coach's reply waits for what this utterance turns out to be, no pause is longer than this, ms. */
  longestPauseMs = Number.POSITIVE_INFINITY;

  constructor(detector: VoiceActivityDetector, detection: Detection | null, events: ListenerEvents) {
    this.#detector = detector;
    this.#detection = detection;
    this.#events = events;
    for (let i = 0; i < PRE_ROLL_FRAMES; i += 1) this.#ring.push(new Int16Array(VAD_FRAME_SAMPLES));
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Silence inside the running utterance so far, ms. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** Capture time heard so far, ms. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** Capture time up to which nothing is waiting to be said or stored, ms. */
  get safeMs(): number {
    if (this.#speaking) return this.#startMs;
    return Math.max(0, this.#positionMs - this.#ringCount * FRAME_MS);
  }

  /** Null: no detection; the client commits. A running utterance is given up by the caller first. */
  setDetection(detection: Detection | null): void {
    this.#detection = detection;
    this.#needFor = null;
  }

  /** The client's capture clock jumped by this much (frames were lost), ms. */
  skip(ms: number): void {
    this.#positionMs += ms;
  }

  feed(samples: Int16Array): void {
    if (this.#detection === null) {
      this.#feedManual(samples);
      return;
    }
    let at = 0;
    while (at < samples.length) {
      const take = Math.min(VAD_FRAME_SAMPLES - this.#filled, samples.length - at);
      this.#frame.set(samples.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === VAD_FRAME_SAMPLES) {
        this.#filled = 0;
        this.#positionMs += FRAME_MS;
        this.#onFrame();
      }
    }
  }

  /** Forgets a running utterance and what is buffered. */
  clear(): void {
    this.#speaking = false;
    this.#pauseMs = 0;
    this.#filled = HEAD_START;
    this.#ringCount = 0;
    this.partial = '';
    this.#needFor = null;
    this.#detector.reset();
  }

  /** Ends a running utterance now (manual commit). False when there was none. */
  commit(): boolean {
    if (!this.#speaking) return false;
    this.#end();
    return true;
  }

  close(): void {
    this.#detector.close();
  }

  #feedManual(samples: Int16Array): void {
    if (!this.#speaking) {
      this.#begin(this.#positionMs);
    }
    this.#positionMs += (samples.length / LISTEN_RATE) * 1000;
    this.#events.onSamples(samples);
  }

  #begin(startMs: number): void {
    this.#speaking = true;
    this.#startMs = startMs;
    this.#pauseMs = 0;
    this.#needFor = null;
    this.partial = '';
    this.#events.onSpeech(startMs);
  }

  #onFrame(): void {
    const activity = this.#detector.feed(this.#frame);
    if (!this.#speaking) {
      this.#keep();
      if (activity !== VoiceActivity.SPEECH) return;
      this.#begin(this.#positionMs - this.#ringCount * FRAME_MS);
      this.#flushRing();
      return;
    }
    this.#events.onSamples(this.#frame);
    if (!this.#speaking) return;
    if (activity === VoiceActivity.SPEECH) {
      this.#pauseMs = 0;
      if (this.#positionMs - this.#startMs > MAX_UTTERANCE_MS) this.#end();
      return;
    }
    this.#pauseMs += FRAME_MS;
    if (this.#pauseMs >= Math.min(this.#needed(), this.longestPauseMs)) this.#end();
  }

  #needed(): number {
    if (this.#needFor !== this.partial && this.#detection !== null) {
      this.#needFor = this.partial;
      this.#needMs = requiredPause({
        detection: this.#detection,
        partial: this.partial,
        speech_ms: this.#positionMs - this.#startMs - this.#pauseMs,
        question: this.question,
      });
    }
    return this.#needMs;
  }

  #end(): void {
    this.#speaking = false;
    const pause = this.#pauseMs;
    this.#pauseMs = 0;
    this.#ringCount = 0;
    this.#events.onEnd(this.#positionMs - pause, pause);
  }

  #keep(): void {
    this.#ring[this.#ringNext]?.set(this.#frame);
    this.#ringNext = (this.#ringNext + 1) % PRE_ROLL_FRAMES;
    this.#ringCount = Math.min(this.#ringCount + 1, PRE_ROLL_FRAMES);
  }

  #flushRing(): void {
    for (let i = this.#ringCount; i > 0; i -= 1) {
      const frame = this.#ring[(this.#ringNext - i + PRE_ROLL_FRAMES) % PRE_ROLL_FRAMES];
      if (frame !== undefined) this.#events.onSamples(frame);
    }
    this.#ringCount = 0;
  }
}
