import type { Clock } from '../../src/clock.ts';

interface Timer {
  due: number;
  /** Breaks ties: timers due together run in the order they were set. */
  order: number;
  fn: () => void;
}

/** Where every virtual clock starts, in ms since the epoch: 2026-01-05T09:00:00Z, a Monday. */
export const VIRTUAL_START = Date.UTC(2026, 0, 5, 9);

/** Turns of the event loop given to async code after each timer: enough for promise chains and setImmediate. */
const SETTLE_TURNS = 4;

/** Lets pending promises and setImmediate callbacks run. Takes no virtual time. */
export async function settle(turns = SETTLE_TURNS): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Time that stands still until a test moves it. `now` and `mono` move together; `mono` starts at 0. */
export class VirtualClock implements Clock {
  readonly #start: number;
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #order = 0;
  #advancing = false;

  constructor(start: number = VIRTUAL_START) {
    this.#start = start;
  }

  now(): number {
    return Math.floor(this.#start + this.#elapsed);
  }

  mono(): number {
    return this.#elapsed;
  }

  after(ms: number, fn: () => void): () => void {
    // As setTimeout: a delay that is not a number counts as 0.
    const delay = Number.isNaN(ms) ? 0 : Math.max(0, ms);
    const timer: Timer = { due: this.#elapsed + delay, order: this.#order++, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that were set and neither ran nor were cancelled. */
  pending(): number {
    return this.#timers.size;
  }

  /** Ms until the next timer, or null when there is none. */
  untilNext(): number | null {
    const next = this.#next();
    return next === undefined ? null : next.due - this.#elapsed;
  }

  /**
   * Moves time on by `ms`, running each timer that comes due at its own time and in order, those set on the way
   * included; async code settles before the first, after each one, and at the end. A timer that throws rejects the
   * call, with the clock at that timer's time. Calls must not overlap.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`cannot move time by ${ms} ms`);
    if (this.#advancing) throw new Error('advance() is already running; await it first');
    this.#advancing = true;
    try {
      const target = this.#elapsed + ms;
      await settle();
      for (let next = this.#next(); next !== undefined && next.due <= target; next = this.#next()) {
        this.#timers.delete(next);
        this.#elapsed = Math.max(this.#elapsed, next.due);
        next.fn();
        await settle();
      }
      this.#elapsed = target;
      await settle();
    } finally {
      this.#advancing = false;
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
