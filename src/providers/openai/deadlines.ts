/** Deadlines of our own around a provider's stream: the SDK's timeout ends with the headers and knows no stall. */
import type { Clock } from '../../clock.ts';
import { ProviderError } from '../../errors.ts';

export interface Deadlines {
  /** From the call to the first item, connecting included, milliseconds. */
  first_ms: number;
  /** From any item to the next one or the end, milliseconds. */
  idle_ms: number;
}

export interface Guard extends Deadlines {
  provider: string;
  clock: Clock;
  /** The caller's. When it is aborted the iteration throws its reason, at once. */
  signal: AbortSignal;
}

/**
 * Runs `open` with a signal of its own and passes its items on. That signal is aborted when the caller's is, when an
 * item is late and when the consumer stops early, so that nothing goes on upstream; the iteration does not wait for
 * `open` to notice. Time that the consumer takes between items is not counted.
 * @throws ProviderError `provider_timeout`, the caller's abort reason, or what `open` throws.
 */
export async function* guarded<T>(guard: Guard, open: (signal: AbortSignal) => AsyncIterable<T>): AsyncGenerator<T> {
  const { provider, clock, signal } = guard;
  signal.throwIfAborted();
  const upstream = new AbortController();
  let fail: (reason: unknown) => void = () => {};
  const giveUp = (reason: unknown) => {
    fail(reason);
    upstream.abort(reason);
  };
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });

  const items = open(upstream.signal)[Symbol.asyncIterator]();
  const next = (limit: number, what: string) =>
    new Promise<IteratorResult<T>>((resolve, reject) => {
      const cancel = clock.after(limit, () =>
        giveUp(new ProviderError(provider, `${what} ${limit} ms`, { code: 'provider_timeout', status: 504 })),
      );
      fail = (reason) => {
        cancel();
        reject(reason);
      };
      items.next().then((item) => {
        cancel();
        resolve(item);
      }, fail);
    });

  let whole = false;
  try {
    let item = await next(guard.first_ms, 'nothing came within');
    while (!item.done) {
      yield item.value;
      signal.throwIfAborted();
      item = await next(guard.idle_ms, 'nothing more came for');
    }
    whole = true;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A whole stream is left alone: the rest of its answer may still be on its way, so that the connection lives on.
    if (!whole) {
      upstream.abort(signal.aborted ? signal.reason : new DOMException('no longer wanted', 'AbortError'));
      items.return?.().catch(() => {});
    }
  }
}

/** The same for a call with a single answer. */
export async function guardedCall<T>(guard: Guard, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const items = guarded(guard, async function* (signal) {
    yield await run(signal);
  });
  const answers: T[] = [];
  for await (const item of items) answers.push(item);
  const [answer] = answers;
  if (answer === undefined) throw new ProviderError(guard.provider, 'no answer');
  return answer;
}
