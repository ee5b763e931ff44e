import type { Clock } from '../../src/clock.ts';
import { TalkError } from './errors.ts';
import type { Ledger } from './ledger.ts';
import type { Heard, Speaker } from './speaker.ts';

/** How often the coach's voice is looked at, and reported to the server, ms. */
const TICK_MS = 50;
const REPORT_MS = 200;
/** A line that brought nothing for this long was not heard, ms. */
const NO_REPLY_MS = 5_000;

interface FloorParts {
  clock: Clock;
  ledger: Ledger;
  speaker: Speaker;
  max_seconds: number;
  signal: AbortSignal | undefined;
  onHeard(heard: Heard): void;
  /** There is no point in going on. */
  onFailed(): void;
}

/** Whose turn it is to speak: the person's own manners, and the reports of what they heard. One wait at a time. */
export class Floor {
  readonly #parts: FloorParts;
  readonly #onAbort = () => this.fail(this.#parts.signal?.reason);
  #waiting: { condition: (now: number) => boolean; resolve: () => void; reject: (why: unknown) => void } | null = null;
  #failed: { why: unknown } | null = null;
  #cancel: (() => void) | null = null;
  #startedAt = 0;
  #reportedAt = 0;
  #reported: Heard | null = null;
  #newsAt = 0;
  #expecting = false;

  constructor(parts: FloorParts) {
    this.#parts = parts;
    parts.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (parts.signal?.aborted === true) this.#onAbort();
  }

  /** The session is: there is nothing more to say. */
  get over(): boolean {
    return this.#parts.ledger.end_reason !== null;
  }

  /** `greeted`: the coach speaks first. */
  start(greeted: boolean): void {
    this.#expecting = greeted;
    this.#startedAt = this.#now();
    this.#newsAt = this.#startedAt;
    this.#tick();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#parts.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Whoever waits, or ever will, is told why not. The first reason counts. */
  fail(why: unknown): void {
    if (this.#failed !== null) return;
    this.#failed = { why };
    this.#parts.onFailed();
    this.#check();
  }

  /** The session moved. */
  news(): void {
    this.#newsAt = this.#now();
    this.#check();
  }

  /** A line was said: an answer is expected from now on. */
  answering(): void {
    this.#expecting = true;
    this.news();
  }

  /** The coach's voice stops here. */
  silence(): void {
    const heard = this.#parts.speaker.flush(this.#now());
    if (heard !== null) this.#parts.onHeard(heard);
    this.#reported = null;
  }

  /** Until the coach has answered, was heard to the end, and nothing came for `ms` more. */
  free(ms: number): Promise<void> {
    let since: number | null = null;
    return this.#until((now) => {
      if (this.over) return true;
      since = this.#settled(now) ? (since ?? now) : null;
      return since !== null && now - since >= ms;
    });
  }

  /** Until `ms` of the newest turn's reply were heard, or all of it. */
  hearing(ms: number): Promise<void> {
    return this.#until((now) => {
      if (this.over || this.#settled(now)) return true;
      const at = this.#parts.speaker.position(now);
      return at !== null && this.#parts.ledger.replies.includes(at.item_id) && at.audio_ms >= ms;
    });
  }

  /** For `ms`, or until the session is over. */
  wait(ms: number): Promise<void> {
    const end = this.#now() + ms;
    return this.#until((now) => this.over || now >= end);
  }

  /** Until the last sound was heard. */
  silent(): Promise<void> {
    return this.#until((now) => !this.#parts.speaker.playing(now));
  }

  #settled(now: number): boolean {
    const { ledger, speaker } = this.#parts;
    if (ledger.busy || speaker.playing(now)) return false;
    return !this.#expecting || ledger.replies.length > 0 || now - this.#newsAt >= NO_REPLY_MS;
  }

  #until(condition: (now: number) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { condition, resolve, reject };
      this.#check();
    });
  }

  #check(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    if (this.#failed === null && !waiting.condition(this.#now())) return;
    this.#waiting = null;
    if (this.#failed !== null) waiting.reject(this.#failed.why);
    else waiting.resolve();
  }

  #tick(): void {
    const now = this.#now();
    if (now - this.#startedAt > this.#parts.max_seconds * 1000) {
      this.fail(new TalkError(`the session took longer than ${this.#parts.max_seconds} s`));
    }
    this.#report(now);
    this.#check();
    this.#cancel = this.#parts.clock.after(TICK_MS, () => this.#tick());
  }

  #report(now: number): void {
    const { speaker, onHeard } = this.#parts;
    const ending = !speaker.playing(now);
    if (!ending && now - this.#reportedAt < REPORT_MS) return;
    const heard = speaker.report(now);
    if (heard === null) return;
    const same = heard.item_id === this.#reported?.item_id && heard.audio_ms === this.#reported.audio_ms;
    if (same && !heard.done) return;
    this.#reported = heard;
    this.#reportedAt = now;
    onHeard(heard);
  }

  #now(): number {
    return this.#parts.clock.mono();
  }
}
