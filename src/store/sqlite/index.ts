import { Worker } from 'node:worker_threads';
import { KukuError } from '../../errors.ts';
import type { Commit, ItemRecord, SessionRecord, SessionStore, SpokenAudio } from '../types.ts';
import { AUDIO_CAP_BYTES } from './operations.ts';
import { type Answer, type Answers, type Call, fromPlain, type Request, type Result, type ThreadData } from './rpc.ts';

export interface SqliteOptions {
  /** Path of the file, made when missing with its folder; `:memory:` keeps nothing. */
  file: string;
  /** Spoken audio kept for one session, bytes. */
  audio_cap_bytes?: number;
  /** How long a write waits for another process that is writing, ms; 5 s when left out. */
  busy_timeout_ms?: number;
  /** Heap of the store's thread, MB; Node's default when left out. */
  heap_mb?: number;
}

interface Waiting {
  resolve(value: Answer): void;
  reject(error: KukuError): void;
}

/**
 * The embedded store, over one SQLite file. Rejects when the file cannot be opened, with `store_failed` (a folder that
 * cannot be written), `store_damaged` (not a database), or `store_too_new` (written by a newer server).
 */
export async function openSqliteStore(options: SqliteOptions): Promise<SessionStore> {
  const store = new SqliteStore(options);
  try {
    await store.ready();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** All of SQLite runs in a thread of its own: an fsync that takes long holds up no audio. */
class SqliteStore implements SessionStore {
  readonly name = 'sqlite';
  readonly #options: SqliteOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #seq = 0;
  #closing: Promise<void> | null = null;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async create(session: SessionRecord): Promise<void> {
    await this.#call({ op: 'create', session });
  }

  read(id: string): Promise<SessionRecord | null> {
    return this.#call({ op: 'read', id });
  }

  acquire(id: string): Promise<{ session: SessionRecord; epoch: number } | null> {
    return this.#call({ op: 'acquire', id });
  }

  async commit(id: string, commit: Commit): Promise<void> {
    await this.#call({ op: 'commit', id, commit });
  }

  items(id: string, page: { after?: string; limit: number }): Promise<{ items: ItemRecord[]; has_more: boolean }> {
    return this.#call({ op: 'items', id, after: page.after ?? null, limit: page.limit });
  }

  item(id: string, itemId: string): Promise<ItemRecord | null> {
    return this.#call({ op: 'item', id, item_id: itemId });
  }

  async putAudio(id: string, itemId: string, { rate, pcm }: SpokenAudio): Promise<void> {
    // A copy: the caller keeps its bytes, and a view would drag the whole buffer behind it along.
    const copy = new Uint8Array(pcm);
    await this.#call({ op: 'put_audio', id, item_id: itemId, audio: { rate, pcm: copy } }, [copy.buffer]);
  }

  getAudio(id: string, itemId: string): Promise<SpokenAudio | null> {
    return this.#call({ op: 'get_audio', id, item_id: itemId });
  }

  async putFeedback(
    id: string,
    feedback: { rating: number; comment: string | null; created_at: number },
  ): Promise<void> {
    const { rating, comment, created_at } = feedback;
    await this.#call({ op: 'put_feedback', id, rating, comment, created_at });
  }

  erase(id: string): Promise<boolean> {
    return this.#call({ op: 'erase', id });
  }

  overdue(now: number, limit: number): Promise<string[]> {
    return this.#call({ op: 'overdue', now, limit });
  }

  async ready(): Promise<void> {
    await this.#call({ op: 'ready' });
  }

  /** All calls made before are answered first. Calling it again is the same close. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    // A thread that dies now has nothing left to write either.
    await this.#send(worker, { op: 'close' }).catch(() => undefined);
    await worker.terminate();
  }

  async #call<R extends Request>(request: R, move: ArrayBuffer[] = []): Promise<Answers[R['op']]> {
    if (this.#closing !== null) throw new KukuError('the store is closed', { code: 'store_closed', status: 503 });
    return this.#send(this.#running(), request, move);
  }

  #send<R extends Request>(worker: Worker, request: R, move: ArrayBuffer[] = []): Promise<Answers[R['op']]> {
    const seq = this.#seq++;
    return new Promise((resolve, reject) => {
      // The thread answers each request with its own kind of answer (rpc.ts); nothing else runs in it.
      this.#waiting.set(seq, { resolve: (value) => resolve(value as Answers[R['op']]), reject });
      const call: Call = { seq, request };
      try {
        worker.postMessage(call, move);
        worker.ref();
      } catch (cause) {
        this.#waiting.delete(seq);
        reject(new KukuError('not a record', { code: 'invalid_record', cause }));
      }
    });
  }

  /** The thread; a new one when the last one died. */
  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const { file, audio_cap_bytes = AUDIO_CAP_BYTES, busy_timeout_ms = 5_000, heap_mb } = this.#options;
    const data: ThreadData = { file, audioCap: audio_cap_bytes, busyTimeoutMs: busy_timeout_ms };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'sqlite',
      workerData: data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {},
      ...(heap_mb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heap_mb } }),
    });
    worker.on('message', (result: Result) => this.#settle(worker, result));
    worker.on('error', (cause) => this.#lost(worker, cause));
    worker.on('exit', () => this.#lost(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  #settle(worker: Worker, result: Result): void {
    const waiting = this.#waiting.get(result.seq);
    this.#waiting.delete(result.seq);
    // An idle store keeps no process alive; one that owes an answer does.
    if (this.#waiting.size === 0) worker.unref();
    if ('error' in result) waiting?.reject(fromPlain(result.error));
    else waiting?.resolve(result.value);
  }

  /** Whether its last writes were done is not known: they may be sent again. */
  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) {
      reject(new KukuError("the store's thread died", { code: 'store_failed', status: 503, retryable: true, cause }));
    }
  }
}
