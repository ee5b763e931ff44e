import { randomUUID } from 'node:crypto';
import type { Session } from '../../protocol/index.ts';
import { KukuError, NotFound, SessionEnded } from '../errors.ts';
import type { ItemRecord, SessionRecord } from '../store/types.ts';
import { SessionActor } from './actor.ts';
import type { SessionParts } from './body.ts';
import { loadState } from './state.ts';
import { sessionView } from './wire.ts';
import { initialWrapUp } from './wrap-up.ts';

/** How often sessions are looked for that ran out of time with nobody attached, ms. */
const SWEEP_MS = 30_000;
const SWEEP_BATCH = 200;
/** Items read at once when a session is loaded. */
const PAGE = 200;

export interface SessionOptions {
  id?: string;
  owner?: string | null;
  model: string;
  voice: string;
  language: string;
  goal: string | null;
  greeting: boolean;
  max_duration_seconds: number;
  max_messages: number;
}

/** Every session of this process, loaded from the store when somebody needs it and gone when nobody does. */
export class SessionRegistry {
  #parts: SessionParts;
  #live = new Map<string, SessionActor>();
  #loading = new Map<string, Promise<SessionActor>>();
  #sweep: (() => void) | null = null;
  #draining = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Sessions in memory. */
  get live(): number {
    return this.#live.size;
  }

  start(): void {
    this.#sweep = this.#parts.clock.after(SWEEP_MS, () => {
      void this.sweep().finally(() => {
        if (this.#sweep !== null) this.start();
      });
    });
  }

  async create(options: SessionOptions): Promise<Session> {
    const { owner = null, id = `sess_${randomUUID().replaceAll('-', '')}`, greeting, ...rest } = options;
    const record: SessionRecord = {
      ...rest,
      id,
      owner,
      status: 'active',
      ...initialWrapUp,
      greeting_due: greeting,
      created_at: this.#parts.clock.now(),
      ended_at: null,
      message_count: 0,
      user_turns: 0,
      summary: null,
      reply_due: false,
    };
    await this.#parts.store.create(record);
    return sessionView(record, record.created_at);
  }

  /** @throws NotFound */
  async view(id: string): Promise<Session> {
    const live = this.#live.get(id);
    if (live !== undefined) return live.view();
    const record = await this.#parts.store.read(id);
    if (record === null) throw new NotFound();
    return sessionView(record, this.#parts.clock.now());
  }

  /**
   * Runs `fn` on the session, loading it first. What `fn` begins keeps the session loaded.
   * @throws NotFound, SessionEnded, KukuError `draining`
   */
  async use<T>(id: string, fn: (actor: SessionActor) => T): Promise<Awaited<T>> {
    let actor = this.#live.get(id);
    while (actor === undefined) {
      this.#refuseWhileDraining();
      await this.#load(id);
      actor = this.#live.get(id);
    }
    this.#refuseWhileDraining(actor);
    try {
      return await fn(actor);
    } finally {
      // Nothing may have come of it: the client was gone before it was attached.
      actor.settle();
    }
  }

  /** Ends it; idempotent. @throws NotFound */
  async end(id: string): Promise<Session> {
    try {
      return await this.use(id, (actor) => actor.end());
    } catch (error) {
      if (error instanceof SessionEnded) return this.view(id);
      throw error;
    }
  }

  /** @throws NotFound, or KukuError `item_not_found` for an unknown `after`. */
  async items(
    id: string,
    page: { after?: string; limit: number },
  ): Promise<{ items: ItemRecord[]; has_more: boolean }> {
    await this.view(id);
    return this.#parts.store.items(id, page);
  }

  /** Erases all of it. @throws NotFound */
  async erase(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (live !== undefined) {
      this.#live.delete(id);
      live.abandon(4404, 'the session was erased');
    }
    if (!(await this.#parts.store.erase(id))) throw new NotFound();
  }

  /** Ends the sessions whose time is up and that nobody is attached to (W8). */
  async sweep(): Promise<void> {
    const { store, clock, insight } = this.#parts;
    const overdue = await store.overdue(clock.now(), SWEEP_BATCH).catch((error: unknown) => {
      insight.fault('-', 'sweep', error);
      return [];
    });
    for (const id of overdue) {
      try {
        await this.use(id, (actor) => {
          if (!actor.attached) actor.expire();
        });
      } catch (error) {
        // One session that cannot be ended keeps no other from it. It may have ended by itself meanwhile.
        if (!(error instanceof SessionEnded || error instanceof NotFound)) insight.fault(id, 'sweep', error);
      }
    }
  }

  /** Tells every client to go, then closes; their sessions stay in the store. */
  async drain(timeLeftMs: number): Promise<void> {
    this.#draining = true;
    this.#sweep?.();
    this.#sweep = null;
    await Promise.allSettled(this.#loading.values());
    const actors = [...this.#live.values()];
    for (const actor of actors) actor.drain(timeLeftMs);
    await Promise.all(actors.map((actor) => actor.whenIdle()));
  }

  /** An actor that was loaded for nobody is let go again. */
  #refuseWhileDraining(actor?: SessionActor): void {
    if (!this.#draining) return;
    actor?.settle();
    throw new KukuError('this server is going away; come back now', { code: 'draining', status: 503, retryable: true });
  }

  #load(id: string): Promise<SessionActor> {
    const loading = this.#loading.get(id) ?? this.#loadNow(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async #loadNow(id: string): Promise<SessionActor> {
    const { store } = this.#parts;
    const known = await store.read(id);
    if (known === null) throw new NotFound();
    if (known.status === 'ended') throw new SessionEnded();
    const owned = await store.acquire(id);
    if (owned === null) throw new NotFound();
    const turns: ItemRecord[] = [];
    for (let more = true; more; ) {
      const after = turns.at(-1)?.id;
      const page = await store.items(id, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      turns.push(...page.items);
      more = page.has_more;
    }
    const actor = new SessionActor(this.#parts, loadState(owned.session, turns), owned.epoch, () => {
      if (this.#live.get(id) === actor) this.#live.delete(id);
    });
    this.#live.set(id, actor);
    return actor;
  }
}
