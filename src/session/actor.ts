import { type ClientEvent, CloseCode, type ServerEventBody, type Session } from '../../protocol/index.ts';
import { bytesPerMs } from '../audio/format.ts';
import { InvalidInput, KukuError, NotFound, SessionEnded } from '../errors.ts';
import { Body, type SessionParts } from './body.ts';
import { toInput } from './client-events.ts';
import type { Ears } from './ears.ts';
import type { Connection } from './outbox.ts';
import { applyUpdate, codecFormat } from './settings.ts';
import { defaultSettings, lastCoachText, type SessionInput, type SessionState } from './state.ts';
import { transition } from './transition.ts';
import type { TurnResult } from './waiters.ts';
import { sessionView } from './wire.ts';

/** What clients send by the clock, whatever the session is doing. */
const STREAMED: ReadonlySet<string> = new Set([
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'coach.playout',
]);

/**
 * One session. Everything that happens to it goes through its mailbox, one at a time, into the pure `transition`; its
 * body does what comes out. It writes the store, and nobody else does.
 */
export class SessionActor {
  readonly id: string;
  #parts: SessionParts;
  #state: SessionState;
  #body: Body;
  #mailbox: SessionInput[] = [];
  #draining = false;
  #changing = false;
  /** Broken or unloaded: nothing is taken any more. */
  #over = false;
  #onIdle: () => void;
  #unloaded: (() => void)[] = [];

  /** `onIdle`: nothing is under way and nobody is attached; the session is unloaded, and this object is done. */
  constructor(parts: SessionParts, state: SessionState, epoch: number, onIdle: () => void) {
    this.id = state.record.id;
    this.#parts = parts;
    this.#state = state;
    this.#onIdle = onIdle;
    this.#body = new Body(parts, this.id, epoch, () => this.#state, {
      input: (input) => this.dispatch(input),
      changed: () => this.settle(),
      storeFailed: (error) => {
        parts.insight.fault(this.id, 'store', error);
        // What could not be stored was not acknowledged either: the client still holds it, and comes back.
        this.#breakDown('the session could not be stored');
      },
    });
  }

  get attached(): boolean {
    return this.#body.outbox.connection !== null;
  }

  /** True while a turn runs: the heartbeat is then quicker. */
  get inTurn(): boolean {
    const { reply, input, transcribing } = this.#state;
    return reply !== null || input.kind !== 'quiet' || transcribing.length > 0;
  }

  /** Capture time up to which the client may forget its audio, ms; null when nobody is attached. */
  get safeMs(): number | null {
    return this.#body.ears?.safeMs ?? null;
  }

  view(): Session {
    return sessionView(this.#state.record, this.#parts.clock.now());
  }

  /** @throws SessionEnded. The newest connection wins; the one before is closed with 4409. */
  attach(connection: Connection, secret?: { value: string; expires_at: string }): void {
    if (this.#over || this.#state.record.status === 'ended') throw new SessionEnded();
    // Without a detector nobody would notice that somebody speaks.
    const settings =
      this.#parts.voiceActivity === null ? { ...defaultSettings, turn_detection: null } : defaultSettings;
    const before = this.#body.outbox.connection;
    this.#body.outbox.connection = null;
    // Between two connections nobody is attached: that is no reason to unload.
    this.#changing = true;
    try {
      if (before !== null) {
        this.#leave();
        before.close(CloseCode.REPLACED, 'replaced by a newer connection');
      }
      // An engine may fail to open: then nobody is attached.
      this.#body.openEars(settings);
      this.#body.outbox.connection = connection;
    } finally {
      this.#changing = false;
    }
    const { dialect } = connection;
    this.dispatch({ type: 'attached', dialect, settings, ...(secret === undefined ? {} : { client_secret: secret }) });
  }

  /** The connection is gone. One that was replaced already changes nothing. */
  detach(connection: Connection): void {
    if (this.#body.outbox.connection !== connection) return;
    this.#body.outbox.connection = null;
    this.#leave();
    this.settle();
  }

  /** A validated event of the client. @throws InvalidInput naming the field, SessionEnded. */
  event(event: ClientEvent): void {
    if (this.#ended()) {
      // A client that streams cannot know yet: what it sends by the clock is not its mistake.
      if (STREAMED.has(event.type)) return;
      throw new SessionEnded();
    }
    const { ears, mouth } = this.#body;
    switch (event.type) {
      case 'input_audio_buffer.append':
        return this.audio(Buffer.from(event.audio, 'base64'));
      case 'input_audio_buffer.commit':
        if (ears?.commit() !== true) this.dispatch({ type: 'commit_empty', event_id: event.event_id ?? null });
        return;
      case 'coach.playout':
        mouth.playout(event.item_id, event.audio_ms);
        if (event.done === true) this.dispatch({ type: 'playout_done', item_id: event.item_id });
        return;
      case 'session.update': {
        const { settings, record } = this.#state;
        const now = { settings, voice: record.voice, language: record.language };
        const wanted = applyUpdate(now, event.session, this.#parts.speech.voices);
        if (wanted.settings.turn_detection !== null && this.#parts.voiceActivity === null) {
          const param = 'session.audio.input.turn_detection';
          throw new InvalidInput('this server has no voice detection: commit by hand', param);
        }
        return this.dispatch({ type: 'configure', ...wanted });
      }
      default:
        this.dispatch(toInput(event, (item_id, ms) => mouth.heardAt(item_id, ms)));
    }
  }

  /** Audio in the input format. @throws InvalidInput naming `audio`. */
  audio(bytes: Uint8Array): void {
    this.#listen((ears) => ears.audio(bytes));
  }

  /** Audio with its capture time, ms (kuku.v1). @throws InvalidInput naming `audio`. */
  audioAt(startMs: number, bytes: Uint8Array): void {
    const format = codecFormat(this.#state.settings.input_format);
    this.#listen((ears) => ears.audioAt(startMs, bytes, bytesPerMs(format)));
  }

  /** One full turn over REST. @throws SessionEnded, or the reason why there is no answer. */
  async message(text: string): Promise<TurnResult> {
    try {
      return await this.#body.waiters.turn(
        () => this.dispatch({ type: 'message', text }),
        () => this.#ended(),
      );
    } finally {
      void this.#body.waiters.settled.then(() => this.settle());
    }
  }

  /** Ends the session; resolves once that is stored. Idempotent. */
  async end(): Promise<Session> {
    if (this.#over) throw new SessionEnded();
    const ended = this.#body.waiters.end();
    // Ended already, perhaps a moment ago: answered once that is stored.
    if (this.#state.record.status === 'ended') {
      this.#body.outbox.run(() => this.#body.waiters.finish(this.view()));
    } else {
      this.dispatch({ type: 'end' });
    }
    return ended;
  }

  /** Its time limit passed while nobody was attached. */
  expire(): void {
    this.dispatch({ type: 'timer', name: 'limit' });
  }

  send(event: ServerEventBody): void {
    this.#body.outbox.event(event);
  }

  dispatch(input: SessionInput): void {
    this.#mailbox.push(input);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) this.#take(next);
    } finally {
      this.#draining = false;
    }
    this.settle();
  }

  /** For shutdown: says that it goes, closes, and waits for nothing but what is being stored. */
  drain(timeLeftMs: number): void {
    const { outbox, timers } = this.#body;
    const { connection } = outbox;
    this.send({ type: 'coach.going_away', time_left_ms: timeLeftMs });
    outbox.run(() => {
      connection?.close(CloseCode.DRAINING, 'draining; come back now');
      if (connection !== null) this.detach(connection);
      // A goodbye under way is said again wherever the client comes back.
      timers.clear();
      this.settle();
    });
  }

  /** Drops everything at once: the session was erased. */
  abandon(code: number, reason: string): void {
    const { connection } = this.#body.outbox;
    this.#body.outbox.connection = null;
    connection?.close(code, reason);
    this.#body.waiters.fail(new NotFound());
    this.#unload();
  }

  /** Resolves once the session is unloaded. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#over) resolve();
      else this.#unloaded.push(resolve);
    });
  }

  /** Unloads the session when nothing is left to do for it. */
  settle(): void {
    if (this.#draining || this.#changing || this.#over || this.attached || this.#body.busy) return;
    const { reply, transcribing, ending, record } = this.#state;
    if (record.status !== 'ended' && (reply !== null || transcribing.length > 0 || ending !== null)) return;
    this.#unload();
  }

  /** Audio does not go through the mailbox; an engine that throws on it is a fault like any other. */
  #listen(hear: (ears: Ears) => void): void {
    const { ears } = this.#body;
    if (ears === null || this.#ended()) return;
    try {
      hear(ears);
    } catch (error) {
      if (error instanceof InvalidInput) throw error;
      this.#parts.insight.fault(this.id, 'audio', error);
      this.dispatch({ type: 'fault' });
    }
  }

  #leave(): void {
    this.dispatch({ type: 'detached' });
    this.#body.closeEars();
  }

  #take(input: SessionInput): void {
    if (this.#over) return;
    try {
      const { state, effects } = transition(this.#state, input, this.#body.context());
      this.#state = state;
      for (const effect of effects) this.#body.perform(effect);
      const { record } = state;
      this.#body.ears?.expect(record.language, lastCoachText(state.turns), state.reply?.paused === true);
    } catch (error) {
      this.#fault(error, input.type);
    }
  }

  /** FAULTS row 29: this session ends with 1011 and a stored state; the process goes on. */
  #fault(error: unknown, where: string): void {
    this.#parts.insight.fault(this.id, where, error);
    if (where === 'fault') this.#breakDown('the session failed');
    else this.#mailbox = [{ type: 'fault' }];
  }

  #breakDown(reason: string): void {
    if (this.#over) return;
    const { outbox, waiters } = this.#body;
    const { connection } = outbox;
    outbox.connection = null;
    connection?.close(CloseCode.INTERNAL, reason);
    waiters.fail(new KukuError(reason, { code: 'session_failed', status: 503, retryable: true }));
    this.#unload();
  }

  #unload(): void {
    this.#over = true;
    this.#mailbox = [];
    this.#body.stop();
    this.#onIdle();
    for (const resolve of this.#unloaded) resolve();
  }

  #ended(): boolean {
    return this.#over || this.#state.ending !== null || this.#state.record.status === 'ended';
  }
}
