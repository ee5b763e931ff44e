import { z } from 'zod';
import { KukuError } from '../../errors.ts';
import type { ItemRecord, SessionRecord, SpokenAudio } from '../types.ts';

const time = z.int();
const count = z.int().nonnegative();

const sessionShape = {
  id: z.string().min(1),
  owner: z.string().nullable(),
  status: z.enum(['active', 'ended']),
  phase: z.enum(['coaching', 'confirming', 'closing', 'ended']),
  model: z.string(),
  voice: z.string(),
  language: z.string(),
  goal: z.string().nullable(),
  greeting_due: z.boolean(),
  created_at: time,
  ended_at: time.nullable(),
  end_reason: z.enum(['user_confirmed', 'forced', 'time_limit', 'message_limit', 'idle', 'error']).nullable(),
  max_duration_seconds: z.number().positive(),
  max_messages: count,
  message_count: count,
  user_turns: count,
  safety_turns: count,
  wrap_up: z.object({
    requested_by: z.enum(['user', 'client', 'time_limit', 'message_limit']).nullable(),
    prompts: count,
    declined_at: time.nullable(),
    in_a_row: count,
    turns_since_decline: count.nullable(),
    limits_offered: z.array(z.enum(['time_limit', 'message_limit'])),
  }),
  summary: z
    .object({
      text: z.string(),
      takeaways: z.array(z.string()),
      action_items: z.array(z.object({ title: z.string(), due: z.string().exactOptional() })),
    })
    .nullable(),
  reply_due: z.boolean(),
};

/** On the way in nothing may be there that would be lost on the way out. */
const writtenSession: z.ZodType<SessionRecord> = z.strictObject(sessionShape);
const readSession: z.ZodType<SessionRecord> = z.object(sessionShape);
const itemRecord: z.ZodType<ItemRecord> = z.object({
  id: z.string().min(1),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  status: z.enum(['completed', 'incomplete']),
  position: z.number(),
  created_at: time,
});
const audioRecord: z.ZodType<SpokenAudio> = z.object({ rate: z.int().positive(), pcm: z.instanceof(Uint8Array) });
const rawSession = z.object({
  epoch: z.int().nonnegative(),
  status: z.string(),
  record: z.string(),
});

/** Names the fields, never their values: errors are logged, transcripts are not. */
function check<T>(schema: z.ZodType<T>, value: unknown, code: string, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.code }));
  const named = fields.map(({ field }) => field).join(', ');
  throw new KukuError(`${what}: ${named || 'not a record'}`, { code, fields });
}

const damaged = <T>(schema: z.ZodType<T>, value: unknown, what: string) =>
  check(schema, value, 'record_damaged', `a stored ${what} is damaged`);

/** What a write must look like; `invalid_record` otherwise, which is a fault of this program. */
export function encodeSession(session: SessionRecord): string {
  return JSON.stringify(check(writtenSession, session, 'invalid_record', 'not a session record'));
}

export function checkItem(item: ItemRecord): ItemRecord {
  return check(itemRecord, item, 'invalid_record', 'not an item record');
}

export function checkAudio(audio: SpokenAudio): SpokenAudio {
  return check(audioRecord, audio, 'invalid_record', 'not audio');
}

/** What is read back; `record_damaged` when it is not what was written. */
export function decodeSession(json: unknown): SessionRecord {
  let value: unknown;
  try {
    value = JSON.parse(String(json));
  } catch {
    value = undefined;
  }
  return damaged(readSession, value, 'session');
}

export const decodeItem = (row: unknown): ItemRecord => damaged(itemRecord, row, 'item');
export const decodeAudio = (row: unknown): SpokenAudio => damaged(audioRecord, row, 'audio');
export const decodeRow = (row: unknown): z.infer<typeof rawSession> => damaged(rawSession, row, 'session');
