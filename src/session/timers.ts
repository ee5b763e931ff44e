import type { Clock } from '../clock.ts';
import type { TimerName } from './state.ts';

/** A session's named timers; arming one again replaces it. */
export class Timers {
  #clock: Clock;
  #fire: (name: TimerName) => void;
  #armed = new Map<TimerName, () => void>();

  constructor(clock: Clock, fire: (name: TimerName) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  get armed(): number {
    return this.#armed.size;
  }

  arm(name: TimerName, ms: number): void {
    this.disarm(name);
    const cancel = this.#clock.after(ms, () => {
      this.#armed.delete(name);
      this.#fire(name);
    });
    this.#armed.set(name, cancel);
  }

  disarm(name: TimerName): void {
    this.#armed.get(name)?.();
    this.#armed.delete(name);
  }

  clear(): void {
    for (const cancel of this.#armed.values()) cancel();
    this.#armed.clear();
  }
}
