import { CloseCode } from '../close-codes.ts';

/** First ceiling and last one of the wait between tries, ms. */
export const BACKOFF_BASE_MS = 250;
export const BACKOFF_CAP_MS = 10_000;
/** Extra wait where the server said that it has too much to do, ms. */
export const OVERLOAD_WAIT_MS = 1000;

/**
 * Exponential backoff with full jitter: uniform in [0, ceiling), the ceiling doubling at each try (1, 2, …). Even "come
 * back now" gets the first step's jitter, so that a draining server's clients do not all arrive at one instant.
 */
export function backoffMs(attempt: number, code: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.floor(random() * ceiling) + (code === CloseCode.OVERLOADED ? OVERLOAD_WAIT_MS : 0);
}
