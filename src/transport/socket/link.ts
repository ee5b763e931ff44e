import type { WebSocket } from 'ws';
import { CloseCode, decodeFrame, MAX_AUDIO_MS, parseClientEvent } from '../../../protocol/index.ts';
import type { Clock } from '../../clock.ts';
import { InvalidInput, KukuError } from '../../errors.ts';
import type { SessionActor } from '../../session/actor.ts';
import type { Connection } from '../../session/outbox.ts';
import type { Dialect } from '../../session/state.ts';
import { Bucket } from './buckets.ts';
import { Heartbeat } from './heartbeat.ts';
import { BYTES_BURST, BYTES_PER_SECOND, MESSAGES_BURST, MESSAGES_PER_SECOND, sayTooBig } from './limits.ts';

/** More than this waiting in the socket: the client reads too slowly, bytes. */
const MAX_BUFFERED = 1024 * 1024;
/** Bad messages in a row before the connection is given up. */
const MAX_BAD = 10;
/** Messages refused for coming too fast before the connection is closed; a large one counts once for each 64 kB. */
const MAX_REFUSED = 200;
const REFUSED_BYTES = 64 * 1024;
/** Every so many of them the client is told. */
const TELL_EVERY = 50;
/** What is held of messages that come before the session is there; past it the client has to wait. */
const MAX_EARLY = 256;
const MAX_EARLY_BYTES = 1024 * 1024;
/** `coach.input.ack` is sent when this much more is safe, ms. */
const ACK_EVERY_MS = 1_000;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export interface LinkOptions {
  clock: Clock;
  dialect: Dialect;
  rateLimits: boolean;
  /** The connection is over, whoever ended it. */
  onClosed(): void;
  /** Something of ours failed while handling a message. */
  onFault(error: unknown): void;
}

/** One WebSocket: what comes in is checked and handed to the session; what goes out is watched for a slow reader. */
export class Link implements Connection {
  readonly dialect: Dialect;
  #ws: WebSocket;
  #options: LinkOptions;
  #actor: SessionActor | null = null;
  #early: { data: Buffer; binary: boolean }[] = [];
  #earlyBytes = 0;
  #heartbeat: Heartbeat;
  #bytes: Bucket;
  #messages: Bucket;
  #bad = 0;
  #refused = 0;
  #acked = 0;
  #closed = false;

  constructor(ws: WebSocket, options: LinkOptions) {
    this.#ws = ws;
    this.#options = options;
    this.dialect = options.dialect;
    this.#bytes = new Bucket(options.clock, BYTES_PER_SECOND, BYTES_BURST);
    this.#messages = new Bucket(options.clock, MESSAGES_PER_SECOND, MESSAGES_BURST);
    this.#heartbeat = new Heartbeat(options.clock, {
      ping: () => ws.ping(),
      inTurn: () => this.#actor?.inTurn ?? false,
      gone: () => {
        this.close(CloseCode.SILENT, 'silent too long');
        ws.terminate();
      },
    });
    sayTooBig(ws);
    ws.on('message', (data: Buffer, binary: boolean) => this.#message(data, binary));
    ws.on('pong', () => this.#heartbeat.alive());
    // The close that follows says what there is to say.
    ws.on('error', () => {});
    ws.on('close', () => this.#over());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The session is there: what came early is handled now. */
  bind(actor: SessionActor): void {
    this.#actor = actor;
    for (const { data, binary } of this.#early.splice(0)) this.#message(data, binary);
    this.#ws.resume();
  }

  sendText(json: string): void {
    if (this.#writable()) this.#ws.send(json);
  }

  sendBinary(bytes: Uint8Array): void {
    if (this.#writable()) this.#ws.send(bytes);
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#over();
    // The answer to the close has to be read.
    this.#ws.resume();
    this.#ws.close(code, reason);
  }

  #writable(): boolean {
    if (this.#closed) return false;
    if (this.#ws.bufferedAmount <= MAX_BUFFERED) return true;
    this.close(CloseCode.OVERLOADED, 'reading too slowly; come back');
    // The close frame waits behind all that was not read: nobody will wait for it.
    this.#ws.terminate();
    return false;
  }

  #over(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat.stop();
    this.#early = [];
    this.#actor?.detach(this);
    this.#actor = null;
    this.#options.onClosed();
  }

  #message(data: Buffer, binary: boolean): void {
    if (this.#closed) return;
    this.#heartbeat.alive();
    if (this.#actor === null) {
      this.#early.push({ data, binary });
      this.#earlyBytes += data.length;
      if (this.#early.length >= MAX_EARLY || this.#earlyBytes >= MAX_EARLY_BYTES) this.#ws.pause();
      return;
    }
    if (this.#options.rateLimits && !(this.#messages.take(1) && this.#bytes.take(data.length)))
      return this.#flooded(data.length);
    try {
      if (binary) this.#binary(this.#actor, data);
      else this.#text(this.#actor, data);
    } catch (error) {
      if (error instanceof KukuError) this.#refuse(error, null);
      else {
        this.#options.onFault(error);
        this.close(CloseCode.INTERNAL, 'our fault');
      }
    }
  }

  #binary(actor: SessionActor, data: Buffer): void {
    if (this.dialect !== 'kuku.v1') {
      throw new InvalidInput('binary frames need the subprotocol kuku.v1', 'frame', 'binary_not_supported');
    }
    const decoded = decodeFrame(data);
    if (!decoded.ok) throw new InvalidInput(decoded.error.message, decoded.error.param ?? 'frame', decoded.error.code);
    const { stream, start_ms, payload } = decoded.frame;
    if (stream !== 0) throw new InvalidInput("a client's stream is 0", 'stream');
    if (start_ms > MAX_AUDIO_MS) throw new InvalidInput(`at most ${MAX_AUDIO_MS}: one day`, 'start_ms');
    actor.audioAt(start_ms, payload);
    this.#bad = 0;
    const safe = actor.safeMs ?? 0;
    if (safe - this.#acked < ACK_EVERY_MS) return;
    this.#acked = safe;
    actor.send({ type: 'coach.input.ack', audio_ms: Math.floor(safe) });
  }

  #text(actor: SessionActor, data: Buffer): void {
    const parsed = parseClientEvent(json(data));
    if (!parsed.ok) {
      const { code, message, param, event_id } = parsed.error;
      return this.#refuse(new InvalidInput(message, param, code), event_id);
    }
    const { event } = parsed;
    try {
      if (event.type === 'input_audio_buffer.append' && !BASE64.test(event.audio)) {
        throw new InvalidInput('audio is not base64', 'audio');
      }
      actor.event(event);
      this.#bad = 0;
    } catch (error) {
      if (error instanceof KukuError) this.#refuse(error, event.event_id ?? null);
      else throw error;
    }
  }

  #refuse(error: KukuError, event_id: string | null): void {
    const { type, code, message, param } = error;
    this.#actor?.send({ type: 'error', error: { type, code, message, param, event_id } });
    // Only what is broken counts: the rest may be bad luck.
    if (error instanceof InvalidInput) this.#bad += 1;
    if (this.#bad >= MAX_BAD) this.close(CloseCode.BROKEN_PROTOCOL, 'too many broken messages in a row');
  }

  /** FAULTS row 24. */
  #flooded(bytes: number): void {
    const before = this.#refused;
    this.#refused += Math.max(1, Math.ceil(bytes / REFUSED_BYTES));
    if (before === 0 || Math.floor(before / TELL_EVERY) !== Math.floor(this.#refused / TELL_EVERY)) {
      const message = 'too much at once: messages are being dropped';
      const code = 'rate_limited';
      this.#actor?.send({
        type: 'error',
        error: { type: 'rate_limit_error', code, message, param: null, event_id: null },
      });
    }
    if (this.#refused >= MAX_REFUSED) this.close(CloseCode.POLICY, 'rate limited');
  }
}

function json(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    throw new InvalidInput('not JSON', null, 'invalid_json');
  }
}
