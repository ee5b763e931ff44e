import type { Session } from '../../protocol/index.ts';
import { type KukuError, SessionEnded } from '../errors.ts';

interface Message {
  item_id: string;
  text: string;
}

export interface TurnResult {
  user: Message;
  coach: Message;
  session: Session;
}

interface TurnWaiter {
  user: Message | null;
  coach: Message | null;
  resolve(result: TurnResult): void;
  reject(error: KukuError): void;
}

/** The REST calls that wait for a session: at most one turn at a time, and any number for its end. */
export class Waiters {
  #turn: TurnWaiter | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #ends: ((session: Session) => void)[] = [];
  #failEnds: ((error: KukuError) => void)[] = [];

  get waiting(): boolean {
    return this.#queued > 0 || this.#ends.length > 0;
  }

  /** Runs one turn after those before it. `begin` starts it; `ended` tells that there can be none any more. */
  turn(begin: () => void, ended: () => boolean): Promise<TurnResult> {
    this.#queued += 1;
    const result = this.#line.then(() => {
      if (ended()) throw new SessionEnded();
      return new Promise<TurnResult>((resolve, reject) => {
        this.#turn = { user: null, coach: null, resolve, reject };
        begin();
      });
    });
    this.#line = result
      .catch(() => {})
      .then(() => {
        this.#turn = null;
        this.#queued -= 1;
      });
    return result;
  }

  /** Resolves when the turn queue has moved on; for whoever asks whether the session may be unloaded. */
  get settled(): Promise<unknown> {
    return this.#line;
  }

  took(user: Message): void {
    if (this.#turn !== null) this.#turn.user = user;
  }

  /** The coach's answer to it. The first one counts. */
  answered(coach: Message): void {
    if (this.#turn !== null && this.#turn.user !== null) this.#turn.coach ??= coach;
  }

  /** Everything the answer speaks of is stored. */
  resolveTurn(session: Session): void {
    const turn = this.#turn;
    if (turn === null || turn.user === null || turn.coach === null) return;
    turn.resolve({ user: turn.user, coach: turn.coach, session });
  }

  failTurn(error: KukuError): void {
    this.#turn?.reject(error);
  }

  end(): Promise<Session> {
    return new Promise((resolve, reject) => {
      this.#ends.push(resolve);
      this.#failEnds.push(reject);
    });
  }

  /** The session ended, and that is stored. */
  finish(session: Session): void {
    this.resolveTurn(session);
    this.failTurn(new SessionEnded());
    for (const resolve of this.#ends) resolve(session);
    this.#ends = [];
    this.#failEnds = [];
  }

  fail(error: KukuError): void {
    this.failTurn(error);
    for (const reject of this.#failEnds) reject(error);
    this.#ends = [];
    this.#failEnds = [];
  }
}
