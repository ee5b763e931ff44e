import { CloseCode, mayRetry } from '../close-codes.ts';
import { backoffMs } from './backoff.ts';
import type { After, WebSocketFactory, WebSocketLike } from './platform.ts';
import { SOCKET_OPEN } from './platform.ts';
import type { ConnectionState, StateChange } from './types.ts';

/** A connection that held this long was good: the next loss starts the backoff anew. */
const STEADY_MS = 5000;
const NETWORK_GONE = 1006;

export interface ConnectionParts {
  /** Where to go and what to offer; asked at each try. */
  address(): Promise<{ url: string; protocols: string[] }>;
  openSocket: WebSocketFactory;
  random: () => number;
  now: () => number;
  after: After;
  maxAttempts: number;
  connectTimeoutMs: number;
  onState(change: StateChange): void;
  /** A socket is open; `subprotocol` is what the server selected. */
  onOpen(subprotocol: string): void;
  onMessage(data: unknown): void;
}

/** One socket at a time, replaced when it is lost and the close code allows it. At most one timer exists at any moment. */
export class Connection {
  #state: ConnectionState = 'idle';
  #socket: WebSocketLike | null = null;
  #cancelTimer: (() => void) | null = null;
  #attempt = 0;
  #openedAt: number | null = null;
  /** Grows at each try, so that what an abandoned try still brings is told apart. */
  #try = 0;
  #final = false;
  readonly #parts: ConnectionParts;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state !== 'idle') return;
    this.#enter({ state: 'connecting' });
    this.#open();
  }

  /** False when no socket is open; nothing was sent then. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== SOCKET_OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  /** Leaves this socket for a new one, as when the server says that it goes away. */
  replace(): void {
    if (this.#state === 'open') this.#lost(CloseCode.DRAINING, 'the server goes away');
  }

  /** Whatever close comes next is the last one. */
  finish(): void {
    this.#final = true;
  }

  /** For good. Leaves no timer; safe at any time and more than once. */
  close(code: number = CloseCode.NORMAL, reason = ''): void {
    if (this.#state === 'closed') return;
    this.#release(code, reason);
    this.#enter({ state: 'closed', code, reason });
  }

  #open(): void {
    const mine = ++this.#try;
    this.#parts.address().then(
      (address) => {
        if (mine === this.#try) this.#dial(address.url, address.protocols);
      },
      (error: unknown) => {
        if (mine === this.#try) this.#lost(NETWORK_GONE, `no token: ${message(error)}`);
      },
    );
  }

  #dial(url: string, protocols: string[]): void {
    let socket: WebSocketLike;
    try {
      socket = this.#parts.openSocket(url, protocols);
    } catch (error) {
      // The address itself is wrong (or there is no WebSocket here): another try would not help.
      this.close(NETWORK_GONE, message(error));
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#cancelTimer = this.#parts.after(this.#parts.connectTimeoutMs, () => {
      this.#lost(NETWORK_GONE, 'no connection in time');
    });
    socket.onopen = () => {
      this.#stopTimer();
      this.#openedAt = this.#parts.now();
      this.#enter({ state: 'open' });
      if (this.#socket === socket) this.#parts.onOpen(socket.protocol);
    };
    socket.onmessage = (event) => this.#parts.onMessage(event.data);
    socket.onclose = (event) => this.#lost(event.code, event.reason);
    socket.onerror = ignore;
  }

  #lost(code: number, reason: string): void {
    const steady = this.#openedAt !== null && this.#parts.now() - this.#openedAt >= STEADY_MS;
    this.#release(CloseCode.NORMAL, '');
    this.#attempt = steady ? 1 : this.#attempt + 1;
    if (this.#final || !mayRetry(code) || this.#attempt > this.#parts.maxAttempts) {
      this.#enter({ state: 'closed', code, reason });
      return;
    }
    const delay_ms = backoffMs(this.#attempt, code, this.#parts.random);
    this.#cancelTimer = this.#parts.after(delay_ms, () => {
      this.#cancelTimer = null;
      this.#open();
    });
    this.#enter({ state: 'reconnecting', code, reason, attempt: this.#attempt, delay_ms });
  }

  /** Lets go of the socket and the timer, and makes a running try void. */
  #release(code: number, reason: string): void {
    this.#try++;
    this.#stopTimer();
    this.#openedAt = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // Stays: closing a socket that is still connecting raises an error event, which would be uncaught in Node.
    socket.onerror = ignore;
    try {
      socket.close(isSendable(code) ? code : CloseCode.NORMAL, reason);
    } catch {
      // Some implementations throw when it is closed already.
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #enter(change: StateChange): void {
    this.#state = change.state;
    this.#parts.onState(change);
  }
}

/** Codes an application may send; browsers throw at others. */
function isSendable(code: number): boolean {
  return code === CloseCode.NORMAL || (code >= 3000 && code <= 4999);
}

function ignore(): void {}

function message(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
