/** Sessions and their items over REST (PROTOCOL.md section 1). */
import * as z from 'zod';
import { count, id, language, MAX_TEXT_CHARS, name, timestamp } from '../primitives.ts';

export const phase = z.enum(['coaching', 'confirming', 'closing', 'ended']);
export type Phase = z.infer<typeof phase>;

export const endReason = z.enum(['user_confirmed', 'forced', 'time_limit', 'message_limit', 'idle', 'error']);
export type EndReason = z.infer<typeof endReason>;

export const sessionStatus = z.enum(['active', 'ended']);

export const summary = z.object({
  text: z.string(),
  takeaways: z.array(z.string()),
  action_items: z.array(z.object({ title: z.string(), due: z.string().optional() })),
});
export type Summary = z.infer<typeof summary>;

export const session = z
  .object({
    id,
    object: z.literal('session'),
    status: sessionStatus,
    phase,
    model: name,
    voice: name,
    language,
    goal: z.string().nullable(),
    created_at: timestamp,
    ended_at: timestamp.nullable(),
    end_reason: endReason.nullable(),
    elapsed_seconds: z.number().min(0),
    max_duration_seconds: z.int().min(1),
    message_count: count.meta({ description: 'Stored user and coach messages.' }),
    wrap_up: z.object({
      requested_by: z.enum(['user', 'client', 'time_limit', 'message_limit']).nullable(),
      prompts: count.meta({ description: 'Confirmation questions asked so far.' }),
      declined_at: timestamp.nullable(),
    }),
    summary: summary.nullable(),
  })
  .meta({ description: 'A coaching session.' });
export type Session = z.infer<typeof session>;

export const item = z
  .object({
    id,
    object: z.literal('item'),
    role: z.enum(['user', 'assistant']),
    text: z.string().meta({ description: 'What was said, or, of the coach, what was heard.' }),
    status: z.enum(['completed', 'incomplete']).meta({ description: 'incomplete: cut by an interruption.' }),
    created_at: timestamp,
    audio_url: z.string().optional(),
  })
  .meta({ description: 'One message of the transcript.' });
export type Item = z.infer<typeof item>;

export const clientSecret = z
  .object({ value: z.string().min(1), expires_at: timestamp })
  .meta({ description: "The session's own token." });
export type ClientSecret = z.infer<typeof clientSecret>;

export const createSessionRequest = z.object({
  model: name.optional(),
  voice: name.optional(),
  language: language.optional(),
  goal: z.string().max(500).optional(),
  greeting: z.boolean().optional().meta({ description: 'The coach speaks first.' }),
  max_duration_seconds: z.int().min(30).max(14_400).optional(),
});
/** What a client sends. */
export type CreateSessionRequest = z.infer<typeof createSessionRequest>;

export const createSessionResponse = z.object({ session, client_secret: clientSecret, stream_url: z.string() });
export type CreateSessionResponse = z.infer<typeof createSessionResponse>;

export const messageRequest = z.object({ text: z.string().min(1).max(MAX_TEXT_CHARS) });
export type MessageRequest = z.infer<typeof messageRequest>;

export const messageResponse = z.object({
  user: z.object({ item_id: id, text: z.string() }),
  coach: z.object({ item_id: id, text: z.string(), audio_url: z.string().nullable() }),
  session,
});
export type MessageResponse = z.infer<typeof messageResponse>;

export const feedbackRequest = z.object({ rating: z.int().min(1).max(5), comment: z.string().max(2000).optional() });
export type FeedbackRequest = z.infer<typeof feedbackRequest>;

const limit = z.coerce.number().int().min(1).max(100);

/** `GET …/items`: `after` is an item's id. */
export const itemsQuery = z.object({ after: id.optional(), limit: limit.default(50) });
export type ItemsQuery = z.infer<typeof itemsQuery>;
export const itemList = z.object({ data: z.array(item), has_more: z.boolean() });
export type ItemList = z.infer<typeof itemList>;

export const sessionsQuery = z.object({
  cursor: z.string().min(1).max(256).optional(),
  limit: limit.default(20),
  status: sessionStatus.optional(),
});
export type SessionsQuery = z.infer<typeof sessionsQuery>;
export const sessionList = z.object({ data: z.array(session), next_cursor: z.string().nullable() });
export type SessionList = z.infer<typeof sessionList>;
