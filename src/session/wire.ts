import type { RealtimeItem, RealtimeResponse, RealtimeSession, Session } from '../../protocol/index.ts';
import type { ItemRecord, SessionRecord } from '../store/types.ts';
import type { ReplyState, SessionState } from './state.ts';

const rfc3339 = (ms: number): string => new Date(ms).toISOString();
const rfc3339OrNull = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));

/** The REST view of a session. */
export function sessionView(record: SessionRecord, now: number): Session {
  return {
    id: record.id,
    object: 'session',
    status: record.status,
    phase: record.phase,
    model: record.model,
    voice: record.voice,
    language: record.language,
    goal: record.goal,
    created_at: rfc3339(record.created_at),
    ended_at: rfc3339OrNull(record.ended_at),
    end_reason: record.status === 'ended' ? record.end_reason : null,
    elapsed_seconds: Math.max(0, ((record.ended_at ?? now) - record.created_at) / 1000),
    max_duration_seconds: record.max_duration_seconds,
    message_count: record.message_count,
    wrap_up: {
      requested_by: record.wrap_up.requested_by,
      prompts: record.wrap_up.prompts,
      declined_at: rfc3339OrNull(record.wrap_up.declined_at),
    },
    summary: record.summary,
  };
}

/** `session` of `session.created` and `session.updated`: what is in force. */
export function realtimeSession(
  state: SessionState,
  now: number,
  secret?: { value: string; expires_at: string },
): RealtimeSession {
  const { record, settings } = state;
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: record.id,
    model: record.model,
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'none',
    max_output_tokens: 'inf',
    tracing: null,
    prompt: null,
    include: null,
    truncation: 'auto',
    expires_at: Math.floor(record.created_at / 1000) + record.max_duration_seconds,
    audio: {
      input: {
        format: settings.input_format,
        transcription: { model: 'coach', language: record.language },
        noise_reduction: settings.noise_reduction,
        turn_detection: settings.turn_detection,
      },
      output: { format: settings.output_format, voice: record.voice, speed: 1 },
    },
    coach: sessionView(record, now),
    ...(secret === undefined ? {} : { client_secret: secret }),
  };
}

/** An item of the transcript as the socket shows it. */
export function itemView(item: ItemRecord): RealtimeItem {
  const base = { id: item.id, object: 'realtime.item' as const, type: 'message' as const, status: item.status };
  if (item.role === 'assistant') {
    return { ...base, role: 'assistant', content: [{ type: 'output_audio', transcript: item.text }] };
  }
  return { ...base, role: 'user', content: [{ type: 'input_text', text: item.text }] };
}

/** A user item that was spoken: its words are an audio part's transcript. `text` null: not known yet. */
export function spokenItem(id: string, text: string | null): RealtimeItem {
  return {
    id,
    object: 'realtime.item',
    type: 'message',
    status: text === null ? 'in_progress' : 'completed',
    role: 'user',
    content: [{ type: 'input_audio', transcript: text }],
  };
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** The item of a reply; without a part before `content_part.added` announced one. */
export function replyItem(reply: ReplyState, status: ItemStatus, text: string | null): RealtimeItem {
  return {
    id: reply.item_id,
    object: 'realtime.item',
    type: 'message',
    status,
    role: 'assistant',
    content: text === null ? [] : [{ type: 'output_audio', transcript: text }],
  };
}

export function responseView(
  state: SessionState,
  reply: ReplyState,
  status: RealtimeResponse['status'],
  output: RealtimeItem[],
  details: RealtimeResponse['status_details'] = null,
): RealtimeResponse {
  return {
    id: reply.response_id,
    object: 'realtime.response',
    status,
    status_details: details,
    output,
    conversation_id: state.record.id,
    output_modalities: ['audio'],
    max_output_tokens: 'inf',
    audio: { output: { format: state.settings.output_format, voice: state.record.voice } },
    metadata: null,
    usage: null,
  };
}
