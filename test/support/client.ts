import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import {
  type ClientEventInput,
  decodeFrame,
  encodeFrame,
  type Frame,
  type Problem,
  problem,
  type ServerEvent,
  type ServerEventOf,
  type ServerEventType,
  serverEvent,
} from '../../protocol/index.ts';

/** Nothing a test waits for takes longer; past it the wait fails and says what came instead, ms. */
const PATIENCE_MS = 10_000;

export interface CallOptions {
  token?: string;
  /** Sent as JSON. */
  json?: unknown;
  body?: NonNullable<RequestInit['body']>;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  bytes: Uint8Array;
  /** Parsed, where it is JSON; else undefined. */
  body: unknown;
  /** The body as RFC 9457. Throws when it is not, or not sent as such. */
  problem(): Problem;
}

/** One HTTP call. */
export async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { token, json, body = json === undefined ? null : JSON.stringify(json) } = options;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  };
  const response = await fetch(new URL(path, url), { method, headers, body });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  const text = new TextDecoder().decode(bytes);
  const parsed: unknown = /json/.test(type) && text !== '' ? JSON.parse(text) : undefined;
  return {
    status: response.status,
    headers: response.headers,
    text,
    bytes,
    body: parsed,
    problem() {
      if (!type.startsWith('application/problem+json')) throw new Error(`${path} answered ${type}: ${text}`);
      return problem.parse(parsed);
    },
  };
}

export interface OpenOptions {
  protocols?: string[];
  token?: string;
  headers?: Record<string, string>;
  /** False: pings are not answered. */
  autoPong?: boolean;
}

/** The upgrade was answered with something else than 101. */
export class NotUpgraded extends Error {
  readonly status: number;
  constructor(response: IncomingMessage) {
    super(`the upgrade was answered with ${response.statusCode}`);
    this.status = response.statusCode ?? 0;
  }
}

interface Waiter {
  look(): boolean;
  fail(error: Error): void;
}

/** A raw WebSocket with a queue: every event is held against the contract, and is taken in order. */
export class SocketClient {
  readonly ws: WebSocket;
  /** Everything that came, taken or not. */
  readonly events: ServerEvent[] = [];
  readonly frames: Frame[] = [];
  #taken = 0;
  #waiters = new Set<Waiter>();
  #broken: Error | null = null;
  #over: { code: number; reason: string } | null = null;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data, binary) => this.#message(data, binary));
    ws.on('error', () => {});
    ws.on('close', (code, reason) => {
      this.#over = { code, reason: reason.toString() };
      this.#wake();
    });
  }

  /** Resolves once the socket is open. Rejects with NotUpgraded. */
  static open(
    url: string,
    { protocols = [], token, headers = {}, autoPong = true }: OpenOptions = {},
  ): Promise<SocketClient> {
    const auth = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const ws = new WebSocket(url, protocols, { headers: { ...auth, ...headers }, autoPong });
    const client = new SocketClient(ws);
    return new Promise((resolve, reject) => {
      ws.once('open', () => resolve(client));
      ws.once('error', reject);
      ws.once('unexpected-response', (request, response) => {
        reject(new NotUpgraded(response));
        request.destroy();
      });
    });
  }

  send(event: ClientEventInput): void {
    this.ws.send(JSON.stringify(event));
  }

  /** Text that need not be an event. */
  raw(text: string): void {
    this.ws.send(text);
  }

  binary(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  /** One audio frame of kuku.v1. */
  audio(start_ms: number, payload: Uint8Array): void {
    this.binary(encodeFrame({ stream: 0, start_ms, last: false, payload }));
  }

  /** The next event of this type; what comes before it is passed over. */
  async next<T extends ServerEventType>(type: T): Promise<ServerEventOf<T>> {
    const is = (event: ServerEvent): event is ServerEventOf<T> => event.type === type;
    return this.#take(is, type);
  }

  /** The next event that `fits`. */
  until(fits: (event: ServerEvent) => boolean): Promise<ServerEvent> {
    return this.#take((event): event is ServerEvent => fits(event), String(fits));
  }

  /** The next refusal, as its code and field. */
  async error(): Promise<{ code: string | null; param: string | null; event_id: string | null }> {
    const { error } = await this.next('error');
    return { code: error.code, param: error.param, event_id: error.event_id };
  }

  /** Resolves once `fits` says so; asked again whenever something came. */
  when(fits: () => boolean, what = String(fits)): Promise<void> {
    return this.#wait(() => (fits() ? { is: undefined } : null), what);
  }

  /** How the socket was closed. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#wait(() => (this.#over === null ? null : { is: this.#over }), 'close', true);
  }

  /** What came and is not in the contract; null while there is nothing. */
  get violation(): Error | null {
    return this.#broken;
  }

  types(): ServerEventType[] {
    return this.events.map(({ type }) => type);
  }

  #take<E extends ServerEvent>(is: (event: ServerEvent) => event is E, what: string): Promise<E> {
    return this.#wait(() => {
      for (let event = this.events[this.#taken]; event !== undefined; event = this.events[this.#taken]) {
        this.#taken += 1;
        if (is(event)) return { is: event };
      }
      return null;
    }, what);
  }

  #wait<T>(look: () => { is: T } | null, what: string, closes = false): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(new Error(`waited for ${what}; there was: ${this.#story()}`)), PATIENCE_MS);
      const fail = (error: Error) => {
        done();
        reject(error);
      };
      const waiter: Waiter = {
        fail,
        look: () => {
          const found = look();
          if (found !== null) {
            done();
            resolve(found.is);
          } else if (this.#over !== null && !closes) {
            fail(new Error(`waited for ${what}; the socket closed: ${this.#story()}`));
          }
          return found !== null;
        },
      };
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      this.#waiters.add(waiter);
      if (this.#broken !== null) fail(this.#broken);
      else waiter.look();
    });
  }

  #message(data: RawData, binary: boolean): void {
    try {
      if (binary) this.#frame(data);
      else this.#event(data.toString());
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error));
      for (const { fail } of [...this.#waiters]) fail(this.#broken);
    }
    this.#wake();
  }

  #frame(data: RawData): void {
    if (!Buffer.isBuffer(data)) throw new Error('ws hands out buffers');
    const decoded = decodeFrame(data);
    if (!decoded.ok) throw new Error(decoded.error.message);
    this.frames.push(decoded.frame);
  }

  #event(text: string): void {
    const event = serverEvent.parse(JSON.parse(text));
    const before = this.events.at(-1);
    const number = ({ event_id }: ServerEvent) => Number(event_id.slice('evt_'.length));
    if (before !== undefined && number(event) <= number(before)) throw new Error(`${event.event_id} does not grow`);
    this.events.push(event);
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter.look();
  }

  #story(): string {
    const over = this.#over === null ? 'open' : `closed ${this.#over.code} ${this.#over.reason}`;
    return `${this.types().slice(-20).join(', ')} (${over})`;
  }
}

/** PCM of one amplitude, 16-bit little-endian. */
export function pcm(ms: number, amplitude: number, rate = 24_000): Uint8Array {
  return new Uint8Array(new Int16Array((ms * rate) / 1000).fill(amplitude).buffer);
}
