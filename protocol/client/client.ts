import type { AudioFormat } from '../audio-format.ts';
import { DEFAULT_PCM_RATE } from '../audio-format.ts';
import { KUKU_SUBPROTOCOL } from '../close-codes.ts';
import type { ClientEventInput, ServerEvent, SessionConfig, SessionConfigInput } from '../events/index.ts';
import { sessionConfig } from '../events/index.ts';
import { encodeFrame } from '../frame.ts';
import type { Session } from '../rest/session.ts';
import { offered, resumeUrl, streamUrl, streamUrlOfCreated } from './address.ts';
import { toBase64 } from './base64.ts';
import { Connection } from './connection.ts';
import { Emitter } from './emitter.ts';
import { EventQueue } from './event-queue.ts';
import { Inbox } from './inbox.ts';
import { Outbox, type OutboxEntry } from './outbox.ts';
import { afterRealTime, openGlobalWebSocket } from './platform.ts';
import { pcmBytes } from './reply-audio.ts';
import { PendingSays } from './says.ts';
import type { ClientEvents, ClientOptions, ConnectionState, ReplyAudio, StateChange } from './types.ts';

const DEFAULTS = { maxAttempts: 10, connectTimeoutMs: 10_000, keepAudioMs: 60_000, opusPacketMs: 20 };

/** A coaching session over one socket that survives the loss of the network. */
export class KukuClient {
  readonly #options: ClientOptions;
  readonly #connection: Connection;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #says = new PendingSays();
  readonly #queues = new Set<EventQueue>();
  #url: string;
  #secret: string | null = null;
  #config: SessionConfig | null;
  #inputFormat: AudioFormat;
  #binary = false;
  #connections = 0;
  #session: Session | null = null;

  /** Throws TypeError when the options name no address. Does nothing before `connect`. */
  constructor(options: ClientOptions) {
    this.#options = options;
    if (options.url !== undefined) this.#url = options.url;
    else if (options.baseUrl !== undefined && options.sessionId !== undefined) {
      this.#url = streamUrl(options.baseUrl, options.sessionId);
    } else throw new TypeError('give `url`, or `baseUrl` and `sessionId`');
    this.#inputFormat = options.inputFormat ?? { type: 'audio/pcm', rate: DEFAULT_PCM_RATE };
    this.#config = options.inputFormat === undefined ? null : { audio: { input: { format: options.inputFormat } } };
    this.#outbox = new Outbox(options.keepAudioMs ?? DEFAULTS.keepAudioMs);
    this.#inbox = new Inbox({
      onAny: (event) => this.#emitter.emit('*', event),
      onEvent: (event) => this.#onEvent(event),
      onAudio: (audio) => this.#emitter.emit('audio', audio),
      onMalformed: (what) => this.#emitter.emit('malformed', what),
      onCaughtUp: () => this.#sayAgain(),
    });
    this.#connection = new Connection({
      address: () => this.#address(),
      openSocket: options.openSocket ?? openGlobalWebSocket,
      random: options.random ?? Math.random,
      now: options.now ?? Date.now,
      after: options.after ?? afterRealTime,
      maxAttempts: options.maxAttempts ?? DEFAULTS.maxAttempts,
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
      onState: (change) => this.#onState(change),
      onOpen: (subprotocol) => this.#onOpen(subprotocol),
      onMessage: (data) => this.#inbox.message(data),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }
  /** The REST session object as last seen. */
  get session(): Session | null {
    return this.#session;
  }
  get lastEventId(): string | null {
    return this.#inbox.lastEventId;
  }
  /** Milliseconds of audio given to `sendAudio` so far. */
  get capturedMs(): number {
    return this.#outbox.captured_ms;
  }
  /** Milliseconds of audio the server has not acknowledged. */
  get unacknowledgedMs(): number {
    return this.#outbox.unacknowledged_ms;
  }
  /** Milliseconds of audio given up unacknowledged, because more than `keepAudioMs` was waiting. */
  get lostAudioMs(): number {
    return this.#outbox.lost_ms;
  }

  /** Resolves at the first open socket; rejects when the client closes before. Once per client. */
  connect(): Promise<void> {
    if (this.#connection.state !== 'idle') return Promise.reject(new Error('this client has been connected before'));
    return new Promise((resolve, reject) => {
      const off = this.#emitter.on('state', ({ state, code, reason }) => {
        if (state !== 'open' && state !== 'closed') return;
        off();
        if (state === 'open') resolve();
        else reject(new Error(`not connected: ${code ?? ''} ${reason ?? ''}`.trim()));
      });
      this.#connection.start();
    });
  }

  /** Listens to one type of event, to `'*'` (all of them), `'audio'`, `'state'` or `'malformed'`. Returns the way off. */
  on<K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  onAudio(listener: (audio: ReplyAudio) => void): () => void {
    return this.on('audio', listener);
  }

  /** Events from now on, until the client closes. Throws in the reader when it lets 10 000 of them wait. */
  events(): AsyncIterableIterator<ServerEvent> {
    const queue = new EventQueue((ended) => this.#queues.delete(ended));
    if (this.state === 'closed') queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /** Sends an event now, or, while there is no connection, as soon as there is one. Nothing once closed. */
  send(event: ClientEventInput): void {
    this.#sendText(JSON.stringify(event));
  }

  /**
   * Captured audio: samples, or bytes in the input format (for opus, one packet). Copied, stamped with the capture
   * clock and, where the server acknowledges audio, kept until it did and sent again after a reconnect.
   */
  sendAudio(audio: Int16Array | Uint8Array): void {
    if (this.state === 'closed') return;
    const bytes = audio instanceof Int16Array ? pcmBytes(audio) : audio;
    const packet = this.#options.opusPacketMs ?? DEFAULTS.opusPacketMs;
    const frames = this.#outbox.addAudio(bytes, this.#inputFormat, packet);
    if (this.state === 'open') this.#sendEntries(frames);
  }

  /** Ends the utterance by hand (`turn_detection: null`). */
  commit(): void {
    this.send({ type: 'input_audio_buffer.commit' });
  }

  /** Throws away what was said and not committed. */
  clear(): void {
    this.send({ type: 'input_audio_buffer.clear' });
  }

  /** Says `text` as a typed message and asks for the reply. Returns the message's item id. */
  say(text: string): string {
    const random = this.#options.random ?? Math.random;
    const digits = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16));
    const item_id = `msg_${digits.join('')}`;
    if (this.state !== 'closed') this.#says.add(item_id, text);
    this.#say(item_id, text);
    return item_id;
  }

  requestWrapUp(): void {
    this.send({ type: 'coach.wrap_up.request' });
  }

  confirmWrapUp(): void {
    this.send({ type: 'coach.wrap_up.confirm' });
  }

  declineWrapUp(): void {
    this.send({ type: 'coach.wrap_up.decline' });
  }

  /** Stops the reply that is being spoken. */
  cancel(response_id?: string): void {
    this.send({ type: 'response.cancel', ...(response_id === undefined ? {} : { response_id }) });
  }

  /** Throws ZodError on a wrong value. In force for this and every later connection of this client. */
  updateSession(config: SessionConfigInput): void {
    const parsed = sessionConfig.parse(config);
    this.#config = mergeConfig(this.#config, parsed);
    this.#inputFormat = parsed.audio?.input?.format ?? this.#inputFormat;
    if (this.state === 'open') this.send({ type: 'session.update', session: parsed });
  }

  /** How much of an item the person has heard, ms. */
  reportPlayout(item_id: string, audio_ms: number, done = false): void {
    this.send({ type: 'coach.playout', item_id, audio_ms, ...(done ? { done } : {}) });
  }

  /** Hangs up for good: no timer, socket or iterator stays. The session itself lives on. */
  close(code?: number, reason?: string): void {
    this.#connection.close(code, reason);
  }

  async #address(): Promise<{ url: string; protocols: string[] }> {
    const { token, subprotocols } = this.#options;
    const value = this.#secret ?? (typeof token === 'function' ? await token() : token);
    const url = this.#binary ? resumeUrl(this.#url, this.#inbox.lastEventId) : this.#url;
    return { url, protocols: offered(subprotocols ?? [KUKU_SUBPROTOCOL], value) };
  }

  #onState(change: StateChange): void {
    this.#emitter.emit('state', change);
    if (change.state !== 'closed') return;
    for (const queue of [...this.#queues]) queue.end();
  }

  #onOpen(subprotocol: string): void {
    this.#connections++;
    this.#binary = subprotocol === KUKU_SUBPROTOCOL;
    this.#inbox.opened(this.#binary);
    if (this.#config !== null) this.send({ type: 'session.update', session: this.#config });
    this.#sendEntries(this.#outbox.drain());
  }

  #sendText(text: string, item_id?: string): void {
    if (this.state === 'closed') return;
    if (this.#connection.send(text)) {
      if (item_id !== undefined) this.#says.sent(item_id, this.#connections);
    } else this.#outbox.addEvent(text, item_id);
  }

  #sendEntries(entries: OutboxEntry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'event') this.#sendText(entry.text, entry.item_id);
      else if (this.#binary) {
        const { start_ms, payload } = entry;
        this.#connection.send(encodeFrame({ stream: 0, start_ms, last: false, payload }));
      } else this.send({ type: 'input_audio_buffer.append', audio: toBase64(entry.payload) });
    }
    if (!this.#binary) this.#outbox.forgetAudio();
  }

  #say(item_id: string, text: string): void {
    const content = [{ type: 'input_text' as const, text }];
    const item = { id: item_id, type: 'message' as const, role: 'user' as const, content };
    const create: ClientEventInput = { type: 'conversation.item.create', item };
    this.#sendText(JSON.stringify(create), item_id);
    this.send({ type: 'response.create' });
  }

  #onEvent(event: ServerEvent): void {
    this.#track(event);
    this.#emitter.emit(event.type, event);
    for (const queue of [...this.#queues]) queue.push(event);
    if (event.type === 'coach.going_away') this.#connection.replace();
  }

  #track(event: ServerEvent): void {
    switch (event.type) {
      case 'session.created':
        this.#session = event.session.coach;
        this.#attachTo(event.session.coach.id, event.session.client_secret?.value);
        break;
      case 'session.updated':
        this.#session = event.session.coach;
        break;
      case 'coach.resumed':
        this.#session = event.session;
        break;
      case 'coach.session.ended':
        this.#session = event.session;
        this.#connection.finish();
        break;
      case 'coach.input.ack':
        if (this.#outbox.acknowledge(event.audio_ms)) this.#sendEntries(this.#outbox.drain());
        break;
      case 'conversation.item.added':
      case 'conversation.item.done':
      case 'conversation.item.retrieved':
        this.#says.confirmed(event.item.id);
        break;
      default:
    }
  }

  /** The address made a session: later connections go to that one, with its own secret. */
  #attachTo(sessionId: string, secret: string | undefined): void {
    const url = streamUrlOfCreated(this.#url, sessionId);
    if (url === null) return;
    this.#url = url;
    this.#secret = secret ?? null;
  }

  #sayAgain(): void {
    for (const { item_id, text } of this.#says.unanswered(this.#connections)) this.#say(item_id, text);
  }
}

/** Later settings win; turn detection and formats are replaced whole, as the server does. */
function mergeConfig(old: SessionConfig | null, next: SessionConfig): SessionConfig {
  if (old === null) return next;
  const audio = {
    input: { ...old.audio?.input, ...next.audio?.input },
    output: { ...old.audio?.output, ...next.audio?.output },
  };
  return { ...old, ...next, audio };
}
