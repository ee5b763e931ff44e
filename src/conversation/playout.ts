import type { Clock } from '../clock.ts';

/**
 * How far ahead of the listener's ear audio is sent, in ms. Enough to ride out the jitter of a mobile network, short
 * enough that a client with no playout buffer control falls silent soon after a barge-in.
 */
export const LEAD_MS = 600;

/** Audio is sent in pieces of this length: ten messages a second, below what JSON clients notice. */
export const SLICE_MS = 100;

/** What a report may be extrapolated by, in ms: clients report a few times a second. */
const REPORT_REACH_MS = 500;

/** Sent audio is kept this long behind the ear, so that a resumed reply can go back to where it was heard. */
const KEEP_BEHIND_MS = 1000;

export interface Slice {
  /** Position inside the item, ms. */
  start_ms: number;
  duration_ms: number;
  /** Encoded in the session's output format. */
  bytes: Uint8Array;
}

export interface PlayoutEvents {
  onSlice(slice: Slice): void;
  /** Everything was sent. Called again when a resumed reply comes to its end again. */
  onSent(): void;
}

/**
 * Paces one reply's audio against an absolute clock and knows how much of it was heard. The playhead runs in real time
 * from the first slice, waits where audio is missing, and is corrected by the client's own reports.
 */
export class Playout {
  #clock: Clock;
  #events: PlayoutEvents;
  #queue: Slice[] = [];
  #kept: Slice[] = [];
  #sentMs = 0;
  #queuedMs = 0;
  #basePos = 0;
  #baseMono = 0;
  #pausedAt: number | null = null;
  #finished = false;
  #sentAll = false;
  #stopped = false;
  #report: { ms: number; mono: number } | null = null;
  #cancelTick: (() => void) | null = null;
  #room: (() => void) | null = null;

  constructor(clock: Clock, events: PlayoutEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** End of what was handed to the client, ms. */
  get sentMs(): number {
    return this.#sentMs;
  }

  /** End of what is known to exist, sent or not, ms. */
  get knownMs(): number {
    return this.#sentMs + this.#queuedMs;
  }

  push(slice: Slice): void {
    if (this.#stopped) return;
    this.#queue.push(slice);
    this.#queuedMs += slice.duration_ms;
    this.#pump();
  }

  /** No more slices will come. */
  finish(): void {
    this.#finished = true;
    this.#pump();
  }

  /** Resolves once less than `ms` of audio waits to be sent, so that synthesis does not run far ahead. */
  room(ms: number): Promise<void> {
    if (this.#stopped || this.#queuedMs < ms) return Promise.resolve();
    return new Promise((resolve) => {
      this.#room = () => {
        if (!this.#stopped && this.#queuedMs >= ms) return;
        this.#room = null;
        resolve();
      };
    });
  }

  /** The client says how much it has played, ms. */
  report(ms: number): void {
    this.#report = { ms: Math.min(Math.max(0, ms), this.#sentMs), mono: this.#clock.mono() };
  }

  /** How much was heard by now, ms: the client's report where there is one, else what real time allows. */
  heardMs(): number {
    const at = this.#pausedAt ?? this.#clock.mono();
    if (this.#report === null) return this.#playhead(at);
    const since = Math.min(Math.max(0, at - this.#report.mono), REPORT_REACH_MS);
    return Math.min(this.#report.ms + since, this.#sentMs);
  }

  /** What was sent and is not heard yet, plus what is still to be sent, ms. */
  unheardMs(): number {
    return Math.max(0, this.knownMs - this.heardMs());
  }

  /** Stops sending; the playhead stands still. */
  pause(): void {
    if (this.#pausedAt !== null || this.#stopped) return;
    this.#pausedAt = this.#clock.mono();
    this.#clearTick();
  }

  /** Goes on from where the listener was when it paused: what was sent but not heard is sent again. */
  resume(): void {
    if (this.#pausedAt === null || this.#stopped) return;
    const heard = this.heardMs();
    const again = this.#kept.filter((slice) => slice.start_ms + slice.duration_ms > heard);
    this.#kept = this.#kept.filter((slice) => slice.start_ms + slice.duration_ms <= heard);
    this.#queue = [...again, ...this.#queue];
    this.#queuedMs = this.#queue.reduce((sum, slice) => sum + slice.duration_ms, 0);
    this.#sentMs = again[0]?.start_ms ?? this.#sentMs;
    // A new stream begins, and has an end of its own.
    if (this.#queue.length > 0) this.#sentAll = false;
    this.#report = null;
    this.#pausedAt = null;
    this.#basePos = this.#sentMs;
    this.#baseMono = this.#clock.mono();
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#clearTick();
    this.#queue = [];
    this.#kept = [];
    this.#room?.();
  }

  #playhead(mono: number): number {
    return Math.min(this.#sentMs, this.#basePos + Math.max(0, mono - this.#baseMono));
  }

  #pump(): void {
    if (this.#stopped || this.#pausedAt !== null) return;
    this.#clearTick();
    const now = this.#clock.mono();
    let next = this.#queue[0];
    while (next !== undefined && this.#sentMs - this.#playhead(now) < LEAD_MS) {
      // The listener ran dry (or has not begun): its playhead starts again with this slice.
      if (this.#playhead(now) >= this.#sentMs) {
        this.#basePos = this.#sentMs;
        this.#baseMono = now;
      }
      this.#queue.shift();
      this.#queuedMs -= next.duration_ms;
      this.#sentMs = next.start_ms + next.duration_ms;
      this.#kept.push(next);
      this.#events.onSlice(next);
      if (this.#stopped || this.#pausedAt !== null) return;
      next = this.#queue[0];
    }
    this.#prune();
    this.#room?.();
    if (next !== undefined) {
      const due = this.#baseMono + (this.#sentMs - LEAD_MS - this.#basePos);
      this.#cancelTick = this.#clock.after(Math.max(1, due - now), () => this.#pump());
    } else if (this.#finished && !this.#sentAll) {
      this.#sentAll = true;
      this.#events.onSent();
    }
  }

  #prune(): void {
    const keepFrom = this.heardMs() - KEEP_BEHIND_MS;
    let drop = 0;
    for (const slice of this.#kept) {
      if (slice.start_ms + slice.duration_ms >= keepFrom) break;
      drop += 1;
    }
    if (drop > 0) this.#kept.splice(0, drop);
  }

  #clearTick(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
  }
}
