import type { Test } from 'tap';
import { decodeFrame, isServerEvent, type ServerEvent } from '../../protocol/index.ts';
import { loadResamplers } from '../../src/audio/resample.ts';
import { KukuError } from '../../src/errors.ts';
import type { TurnTimings } from '../../src/insight/types.ts';
import type { SessionActor } from '../../src/session/actor.ts';
import type { Connection } from '../../src/session/outbox.ts';
import { type SessionOptions, SessionRegistry } from '../../src/session/registry.ts';
import type { Dialect } from '../../src/session/state.ts';
import { openSqliteStore } from '../../src/store/sqlite/index.ts';
import type { SessionStore } from '../../src/store/types.ts';
import { COUGH, type ScriptedEngines, scriptedEngines, VOICE } from './scripted-engines.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface ReceivedFrame {
  stream: number;
  start_ms: number;
  last: boolean;
  ms: number;
  at: number;
}

/** A client's end of a session without a network: what it was sent, in order. */
export class TestConnection implements Connection {
  readonly dialect: Dialect;
  readonly events: ServerEvent[] = [];
  /** Virtual time of each event, ms. */
  readonly times: number[] = [];
  readonly frames: ReceivedFrame[] = [];
  closed: { code: number; reason: string } | null = null;
  /** As a socket's: the session hears that its connection is over. */
  onClose = () => {};
  #clock: VirtualClock;

  constructor(clock: VirtualClock, dialect: Dialect) {
    this.#clock = clock;
    this.dialect = dialect;
  }

  sendText(json: string): void {
    const event: unknown = JSON.parse(json);
    if (!isServerEvent(event)) throw new Error(`not an event of the contract: ${json.slice(0, 200)}`);
    this.events.push(event);
    this.times.push(this.#clock.mono());
  }

  sendBinary(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { stream, start_ms, last, payload } = decoded.frame;
    this.frames.push({ stream, start_ms, last, ms: payload.length / 48, at: this.#clock.mono() });
  }

  close(code: number, reason: string): void {
    if (this.closed !== null) return;
    this.closed = { code, reason };
    this.onClose();
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  of<T extends ServerEvent['type']>(type: T): Extract<ServerEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ServerEvent, { type: T }> => event.type === type);
  }

  /** The newest event of a type. */
  last<T extends ServerEvent['type']>(type: T): Extract<ServerEvent, { type: T }> {
    const event = this.of(type).at(-1);
    if (event === undefined) throw new Error(`there was no ${type}`);
    return event;
  }

  /** Virtual time of the newest event of a type, ms. */
  timeOf(type: ServerEvent['type']): number {
    const at = this.events.findLastIndex((event) => event.type === type);
    const time = this.times[at];
    if (time === undefined) throw new Error(`there was no ${type}`);
    return time;
  }
}

/** Real sessions on a real (in-memory) store, with scripted engines and virtual time. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly engines: ScriptedEngines;
  readonly store: SessionStore;
  readonly registry: SessionRegistry;
  readonly turns: TurnTimings[] = [];
  readonly faults: unknown[] = [];

  private constructor(store: SessionStore) {
    this.store = store;
    this.engines = scriptedEngines(this.clock);
    const { voiceActivity, transcription, coach, speech } = this.engines;
    this.registry = new SessionRegistry({
      clock: this.clock,
      store,
      voiceActivity,
      transcription,
      coach,
      speech,
      insight: { turn: (_id, turn) => this.turns.push(turn), fault: (_id, _where, error) => this.faults.push(error) },
      idle_ms: 120_000,
    });
  }

  static async open(t: Test): Promise<Rig> {
    await loadResamplers();
    const store = await openSqliteStore({ file: ':memory:' });
    t.teardown(() => store.close());
    return new Rig(store);
  }

  async create(change: Partial<SessionOptions> = {}): Promise<string> {
    const session = await this.registry.create({
      model: 'scripted',
      voice: 'slt',
      language: 'en-US',
      goal: null,
      greeting: false,
      max_duration_seconds: 1800,
      max_messages: 200,
      ...change,
    });
    return session.id;
  }

  /** Runs until the store has answered everything: its thread is real even where time is not. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i += 1) {
      await this.store.read('sess_none');
      await this.clock.advance(0);
    }
  }

  async attach(id: string, dialect: Dialect = 'kuku.v1'): Promise<{ actor: SessionActor; client: TestConnection }> {
    const client = new TestConnection(this.clock, dialect);
    const actor = await this.registry.use(id, (one) => {
      client.onClose = () => one.detach(client);
      one.attach(client);
      return one;
    });
    await this.settle();
    return { actor, client };
  }

  /** `ms` of real time, with 20 ms frames of this loudness coming in (24 kHz). */
  async stream(actor: SessionActor, ms: number, level: number): Promise<void> {
    const frame = new Uint8Array(new Int16Array(480).fill(level).buffer);
    for (let at = 0; at < ms; at += 20) {
      try {
        actor.audio(frame);
      } catch (error) {
        if (!(error instanceof KukuError)) throw error;
      }
      await this.clock.advance(20);
      await this.store.read('sess_none');
    }
  }

  speak = (actor: SessionActor, ms = 1_000): Promise<void> => this.stream(actor, ms, VOICE);
  cough = (actor: SessionActor, ms = 200): Promise<void> => this.stream(actor, ms, COUGH);
  silence = (actor: SessionActor, ms: number): Promise<void> => this.stream(actor, ms, 0);

  /** What is open in any engine, by name. */
  leftOpen(): Record<string, number> {
    return Object.fromEntries([...this.engines.open].filter(([, n]) => n !== 0));
  }
}
