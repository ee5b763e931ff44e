/** A worker thread with an engine in it: typed messages, one word when it dies, and no hold on the process while idle. */
import { Worker } from 'node:worker_threads';
import { ProviderError } from '../../errors.ts';

export interface EngineWorker<In> {
  post(message: In, transfer?: ArrayBuffer[]): void;
  /** A busy worker keeps the process alive, so that what it works on can still settle; an idle one does not. */
  busy(is: boolean): void;
  /** Stops the thread, also in the middle of its work. `died` is not called for it. */
  end(): Promise<void>;
}

export interface EngineWorkerEvents<Out> {
  message(message: Out): void;
  /** The thread is gone, without being asked to go. At most once. */
  died(error: ProviderError): void;
}

/** Starts `file` with `data` as its workerData. `In` and `Out` are what it takes and sends, by its own declaration. */
export function startEngineWorker<In, Out>(
  file: URL,
  data: unknown,
  events: EngineWorkerEvents<Out>,
): EngineWorker<In> {
  // The flags of this process (a test runner's loaders, say) are not for the engine.
  const worker = new Worker(file, { workerData: data, execArgv: ['--disable-warning=ExperimentalWarning'] });
  let over = false;
  const died = (why: string, cause?: unknown) => {
    if (over) return;
    over = true;
    events.died(new ProviderError('embedded', why, { code: 'engine_crashed', cause }));
  };
  worker.on('message', (message: Out) => {
    if (!over) events.message(message);
  });
  worker.on('error', (error) => died('the engine failed', error));
  worker.on('exit', (code) => died(`the engine ended with status ${code}`));
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    busy: (is) => (is ? worker.ref() : worker.unref()),
    async end() {
      over = true;
      await worker.terminate();
    },
  };
}
