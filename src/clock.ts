/** The only place for timers and dates. Tests pass a virtual one, so no test waits for real time. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. For timestamps that leave the process. */
  now(): number;
  /** Monotonic milliseconds with a fraction. For durations and pacing; it never jumps. */
  mono(): number;
  /** Calls `fn` once after `ms`; the returned function cancels it and may be called any number of times. */
  after(ms: number, fn: () => void): () => void;
}

/** Real time. Timers never keep the process alive: whoever serves (a listening socket) does that. */
export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.max(0, ms));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. Leaves no timer behind. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
