import type { Clock } from '../../src/clock.ts';

/** One frame, ms: what phones and browsers send. */
export const FRAME_MS = 20;
/** Of the hiss of a quiet room, peak: digital silence is no microphone's. */
const HISS = 6;
/** Below this a sample at the end of a line is no voice any more. */
const QUIET = 400;

/** What the person says, in real time, and the quiet of the room in between: a frame every 20 ms by an absolute clock. */
export class Microphone {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #send: (frame: Int16Array) => void;
  #line: { samples: Int16Array; at: number; voice: number; done: (said: boolean) => void } | null = null;
  #cancel: (() => void) | null = null;
  #startedAt = 0;
  #frames = 0;
  #voiceEndedAt: number | null = null;
  #noise = 1;

  /** `send` gets frames of `rate` * 20 ms samples. */
  constructor(clock: Clock, rate: number, send: (frame: Int16Array) => void) {
    this.#clock = clock;
    this.#rate = rate;
    this.#send = send;
  }

  /** When the last frame with a voice in it left, monotonic ms; null while a line is being said, and before any was. */
  get voiceEndedAt(): number | null {
    return this.#voiceEndedAt;
  }

  start(): void {
    this.#startedAt = this.#clock.mono();
    this.#tick();
  }

  /** Falls silent for good; a line that is being said resolves with false. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#end(false);
  }

  /** Says samples of the microphone's rate from the next frame on. Resolves with true when the last one was sent. */
  say(samples: Int16Array): Promise<boolean> {
    if (this.#cancel === null) return Promise.resolve(false);
    this.#end(false);
    this.#voiceEndedAt = null;
    const voice = samples.findLastIndex((sample) => Math.abs(sample) >= QUIET);
    return new Promise((done) => {
      this.#line = { samples, at: 0, voice, done };
    });
  }

  /** All frames that are due: a late timer loses no audio, it only comes late. */
  #tick(): void {
    const due = Math.floor((this.#clock.mono() - this.#startedAt) / FRAME_MS);
    while (this.#frames <= due) {
      this.#frames += 1;
      this.#send(this.#frame());
    }
    const next = this.#startedAt + this.#frames * FRAME_MS;
    this.#cancel = this.#clock.after(Math.max(0, next - this.#clock.mono()), () => this.#tick());
  }

  #frame(): Int16Array {
    const frame = new Int16Array((this.#rate * FRAME_MS) / 1000);
    const line = this.#line;
    const said = line === null ? 0 : Math.min(frame.length, line.samples.length - line.at);
    if (line !== null) {
      frame.set(line.samples.subarray(line.at, line.at + said));
      if (line.at <= line.voice && line.voice < line.at + frame.length) this.#voiceEndedAt = this.#clock.mono();
      line.at += said;
    }
    for (let i = said; i < frame.length; i++) frame[i] = this.#hiss();
    if (line !== null && line.at >= line.samples.length) this.#end(true);
    return frame;
  }

  #end(said: boolean): void {
    const line = this.#line;
    this.#line = null;
    line?.done(said);
  }

  /** The same noise in every run (a linear congruential generator, constants of Numerical Recipes). */
  #hiss(): number {
    this.#noise = (Math.imul(this.#noise, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((this.#noise / 0xffff_ffff) * 2 * HISS - HISS);
  }
}
