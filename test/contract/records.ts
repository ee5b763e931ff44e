import type { Commit, ItemRecord, SessionRecord } from '../../src/store/types.ts';

const CREATED = Date.UTC(2026, 0, 5, 9);

/** A new session as the server makes them. */
export function sessionRecord(id: string, over: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    owner: null,
    status: 'active',
    phase: 'coaching',
    model: 'embedded',
    voice: 'slt',
    language: 'en-US',
    goal: null,
    greeting_due: false,
    created_at: CREATED,
    ended_at: null,
    end_reason: null,
    max_duration_seconds: 1800,
    max_messages: 200,
    message_count: 0,
    user_turns: 0,
    safety_turns: 0,
    wrap_up: {
      requested_by: null,
      prompts: 0,
      declined_at: null,
      in_a_row: 0,
      turns_since_decline: null,
      limits_offered: [],
    },
    summary: null,
    reply_due: false,
    ...over,
  };
}

export function itemRecord(id: string, position: number, over: Partial<ItemRecord> = {}): ItemRecord {
  return {
    id,
    role: position % 2 === 0 ? 'assistant' : 'user',
    text: `text of ${id}, with “marks”, an emoji 🎉 and a line\nbreak`,
    status: 'completed',
    position,
    created_at: CREATED + position * 1000,
    ...over,
  };
}

/** A session in its last state, with everything filled in. */
export function endedRecord(id: string, over: Partial<SessionRecord> = {}): SessionRecord {
  return sessionRecord(id, {
    owner: 'user_1',
    status: 'ended',
    phase: 'ended',
    goal: 'sleep',
    ended_at: CREATED + 600_000,
    end_reason: 'user_confirmed',
    message_count: 2,
    wrap_up: {
      requested_by: 'user',
      prompts: 1,
      declined_at: CREATED + 5000,
      in_a_row: 1,
      turns_since_decline: 6,
      limits_offered: ['time_limit'],
    },
    summary: {
      text: 'You want to sleep more.',
      takeaways: ['Evenings are for you.'],
      action_items: [{ title: 'Lights out at ten', due: '2026-01-06' }, { title: 'No phone in bed' }],
    },
    ...over,
  });
}

export function commitOf(epoch: number, session: SessionRecord, put: ItemRecord[] = [], remove: string[] = []): Commit {
  return { epoch, session, put, remove };
}
