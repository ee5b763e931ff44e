import type { Clock } from '../../clock.ts';

/** While a turn runs a dead peer must be noticed soon; idle, pings cost phones their batteries. ms. */
export const TURN_PING_MS = 5_000;
export const IDLE_PING_MS = 20_000;
/** A peer silent for this many pings is gone. */
const MISSED = 2;
/** How often the peer is looked at, ms; in a turn, what a ping may wait for its answer before there is another. */
const LOOK_MS = 2_500;
/** In a turn nobody is gone who was heard from this recently, ms; a look later it makes 10 s (FAULTS row 1). */
const SILENT_MS = 7_500;

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
  #heard: number;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, peer: Peer) {
    this.#clock = clock;
    this.#peer = peer;
    this.#heard = clock.mono();
    this.#arm();
  }

  alive(): void {
    this.#unanswered = 0;
    this.#heard = this.#clock.mono();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#sincePing += LOOK_MS;
    const inTurn = this.#peer.inTurn();
    const inTurnDue = this.#unanswered > 0 ? LOOK_MS : TURN_PING_MS;
    const pingDue = this.#sincePing >= (inTurn ? inTurnDue : IDLE_PING_MS);
    const tooLong = inTurn ? this.#clock.mono() - this.#heard >= SILENT_MS : pingDue;
    if (this.#unanswered >= MISSED && tooLong) {
      this.#cancel = null;
      this.#peer.gone();
      return;
    }
    if (pingDue) {
      this.#sincePing = 0;
      this.#unanswered += 1;
      this.#peer.ping();
    }
    this.#arm();
  }
}
