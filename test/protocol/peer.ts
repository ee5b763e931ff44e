import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import {
  type ClientEvent,
  type ClientOptions,
  decodeFrame,
  type Frame,
  KukuClient,
  parseClientEvent,
  type ServerEventBody,
} from '../../protocol/index.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { realtimeSession } from './samples.ts';

/** One connection as the server sees it: everything that came, and ways to wait for more. */
export class Link {
  readonly url: string;
  readonly offered: string[];
  readonly events: ClientEvent[] = [];
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket;
    this.url = request.url ?? '';
    this.offered = (request.headers['sec-websocket-protocol'] ?? '').split(/, */);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const decoded = decodeFrame(data);
        if (decoded.ok) this.frames.push({ ...decoded.frame, payload: decoded.frame.payload.slice() });
      } else {
        const parsed = parseClientEvent(JSON.parse(data.toString()));
        if (parsed.ok) this.events.push(parsed.event);
      }
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Resolves as soon as `seen` holds; looks again at each message. */
  async until(seen: () => boolean): Promise<void> {
    while (!seen()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  send(n: number, body: ServerEventBody): void {
    this.raw(JSON.stringify({ event_id: `evt_${n}`, ...body }));
  }

  raw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  hello(n = 1): void {
    this.send(n, { type: 'session.created', session: realtimeSession });
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  /** As when the network goes away: no close frame. */
  cut(): void {
    this.#socket.terminate();
  }

  async closed(): Promise<number> {
    if (this.#socket.readyState === WebSocket.CLOSED) return 0;
    const [code] = await once(this.#socket, 'close');
    return Number(code);
  }
}

/** A server that says nothing of its own, and clients of it on a clock that moves only when told. */
export class Peer {
  readonly clock = new VirtualClock();
  readonly #server: WebSocketServer;
  readonly #links: Link[] = [];
  #waiting: ((link: Link) => void)[] = [];
  #clients: KukuClient[] = [];

  constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket, request) => {
      const link = new Link(socket, request);
      const wake = this.#waiting.shift();
      if (wake === undefined) this.#links.push(link);
      else wake(link);
    });
  }

  /** `dialect`: what the server selects of what is offered. */
  static async open(dialect: 'kuku.v1' | 'realtime' = 'kuku.v1'): Promise<Peer> {
    const handleProtocols = (offered: Set<string>) => (offered.has(dialect) ? dialect : false);
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols });
    await once(server, 'listening');
    return new Peer(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return address.port;
  }
  /** Sockets that are open or closing. */
  get sockets(): number {
    return this.#server.clients.size;
  }

  client(options: Partial<ClientOptions> = {}): KukuClient {
    const client = new KukuClient({
      baseUrl: `http://127.0.0.1:${this.port}/`,
      sessionId: 'ses_1',
      openSocket: (url, protocols) => new WebSocket(url, protocols),
      random: () => 0.5,
      now: () => this.clock.mono(),
      after: (ms, fn) => this.clock.after(ms, fn),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** The next connection that was not taken yet. */
  link(): Promise<Link> {
    const ready = this.#links.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.stop();
  }

  /** The server goes, its clients stay. */
  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Resolves with the client's next event of `type`. */
export function next<K extends Parameters<KukuClient['on']>[0]>(client: KukuClient, type: K) {
  return new Promise<Parameters<Parameters<typeof client.on<K>>[1]>[0]>((resolve) => {
    const off = client.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}

/** Resolves when the client enters `state`. */
export function state(client: KukuClient, wanted: string): Promise<{ code?: number; delay_ms?: number }> {
  return new Promise((resolve) => {
    const off = client.on('state', (change) => {
      if (change.state !== wanted) return;
      off();
      resolve(change);
    });
  });
}
