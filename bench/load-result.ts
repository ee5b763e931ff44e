import * as z from 'zod';

/** What `load.ts` prints. Milliseconds. */
export const loadResult = z.object({
  sessions: z.number(),
  /** Turns whose audio came, and those that were spoken. */
  turns: z.number(),
  expected: z.number(),
  /** NaN, when no audio came at all, is null in JSON. */
  added_ms: z.object({ p50: z.number().nullable(), p99: z.number().nullable(), max: z.number().nullable() }),
  /** The server's own share of a turn, as its `coach.turn.metrics` tell it; null where it tells none. */
  own_ms: z.object({ p50: z.number(), p99: z.number() }).nullable(),
  /** How late frames were sent, p99: above 5 ms the callers, not the server, are the limit. */
  frame_late_ms: z.number().nullable(),
  /** Error events, failed responses, broken connections: the first few different ones. */
  troubles: z.array(z.string()),
});
export type LoadResult = z.infer<typeof loadResult>;
