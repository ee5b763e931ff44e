import type { Clock } from '../../clock.ts';

/** While a turn runs a dead peer must be noticed within 10 s; idle, pings cost phones their batteries. ms. */
export const TURN_PING_MS = 5_000;
export const IDLE_PING_MS = 20_000;
/** A peer silent for this many pings is gone. */
const MISSED = 2;

export interface Peer {
  ping(): void;
  inTurn(): boolean;
  gone(): void;
}

/** Pings a peer and notices when it is gone. Any sign of life counts. */
export class Heartbeat {
  #clock: Clock;
  #peer: Peer;
  #unanswered = 0;
  #sincePing = 0;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, peer: Peer) {
    this.#clock = clock;
    this.#peer = peer;
    this.#arm();
  }

  alive(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    this.#cancel = this.#clock.after(TURN_PING_MS, () => this.#tick());
  }

  #tick(): void {
    this.#sincePing += TURN_PING_MS;
    const due = this.#peer.inTurn() ? TURN_PING_MS : IDLE_PING_MS;
    if (this.#sincePing >= due) {
      if (this.#unanswered >= MISSED) {
        this.#cancel = null;
        this.#peer.gone();
        return;
      }
      this.#sincePing = 0;
      this.#unanswered += 1;
      this.#peer.ping();
    }
    this.#arm();
  }
}
