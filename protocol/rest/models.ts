/** The model catalogue and how each model does. */
import * as z from 'zod';
import { count, name, timestamp } from '../primitives.ts';

export const model = z.object({
  name,
  object: z.literal('model'),
  default: z.boolean(),
  description: z.string().nullable(),
  available: z.boolean().meta({ description: 'Its provider is configured and answers.' }),
  retires_at: timestamp.nullable().meta({ description: 'When its provider shuts it down, where that is announced.' }),
});
export type Model = z.infer<typeof model>;

export const modelList = z.object({ data: z.array(model) });
export type ModelList = z.infer<typeof modelList>;

const figure = z.number().nullable();

/** Null where there is nothing to count yet. */
export const modelAnalytics = z.object({
  model: name,
  sessions: count,
  completed_sessions: count.meta({ description: 'Ended by the user, by confirming.' }),
  turns: count,
  mean_rating: figure,
  e2e_latency_p50_ms: figure,
  e2e_latency_p95_ms: figure,
  cost_per_session_usd: figure,
});
export type ModelAnalytics = z.infer<typeof modelAnalytics>;

export const modelAnalyticsList = z.object({
  from: timestamp,
  to: timestamp,
  data: z.array(modelAnalytics),
});
export type ModelAnalyticsList = z.infer<typeof modelAnalyticsList>;
