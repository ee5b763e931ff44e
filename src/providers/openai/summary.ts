/** The recap of a session: how it is asked for, and how the answer is read. */
import { z } from 'zod';
import type { SessionSummary } from '../types.ts';

export const SUMMARY_PROMPT = [
  'You recap a coaching session for the person who had it, and answer in JSON:',
  '{"text": string, "takeaways": string[], "action_items": [{"title": string, "due": string|null}]}.',
  'Use only what was said in the session; invent nothing. `text` is two or three sentences addressed to the person.',
  '`takeaways` are insights of the person, at most five. `action_items` are what the person said they will do; `due` is',
  'their own wording of when, or null. Where nothing was learned or decided, leave the list empty.',
].join(' ');

/** "Strict" schemas want every field required, so a missing `due` is null here. */
export const SUMMARY_SCHEMA = {
  type: 'json_schema',
  json_schema: {
    name: 'session_summary',
    strict: true,
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['text', 'takeaways', 'action_items'],
      properties: {
        text: { type: 'string' },
        takeaways: { type: 'array', items: { type: 'string' } },
        action_items: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['title', 'due'],
            properties: { title: { type: 'string' }, due: { type: ['string', 'null'] } },
          },
        },
      },
    },
  },
} as const satisfies { type: 'json_schema' } & Record<string, unknown>;

const SummarySchema = z.object({
  text: z.string().trim().min(1),
  takeaways: z.array(z.string()),
  action_items: z.array(z.object({ title: z.string(), due: z.string().nullish() })),
});

/** Null when the model's JSON is not a summary. */
export function summaryOf(json: unknown): SessionSummary | null {
  const summary = SummarySchema.safeParse(json).data;
  if (summary === undefined) return null;
  return {
    text: summary.text,
    takeaways: summary.takeaways,
    action_items: summary.action_items.map(({ title, due }) => (due ? { title, due } : { title })),
  };
}
