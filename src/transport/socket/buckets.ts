import type { Clock } from '../../clock.ts';

/** A token bucket: `rate` a second, `burst` at once. */
export class Bucket {
  #clock: Clock;
  #rate: number;
  #burst: number;
  #level: number;
  #at: number;

  constructor(clock: Clock, rate: number, burst: number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#burst = burst;
    this.#level = burst;
    this.#at = clock.mono();
  }

  /** Takes `amount`; false when there is not that much. */
  take(amount: number): boolean {
    const now = this.#clock.mono();
    this.#level = Math.min(this.#burst, this.#level + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }
}
