/** One good sample of every event, and for each one way to spoil it with the field that must be named. */
import type { RealtimeItem, RealtimeResponse, RealtimeSession, Session } from '../../protocol/index.ts';

export const session: Session = {
  id: 'ses_1',
  object: 'session',
  status: 'active',
  phase: 'coaching',
  model: 'gpt41mini_hyper2',
  voice: 'slt',
  language: 'en-US',
  goal: null,
  created_at: '2026-01-05T09:00:00.000Z',
  ended_at: null,
  end_reason: null,
  elapsed_seconds: 1.5,
  max_duration_seconds: 1800,
  message_count: 0,
  wrap_up: { requested_by: null, prompts: 0, declined_at: null },
  summary: null,
};
export const endedSession: Session = {
  ...session,
  status: 'ended',
  phase: 'ended',
  ended_at: '2026-01-05T09:10:00Z',
  end_reason: 'user_confirmed',
  summary: { text: 'x', takeaways: ['a'], action_items: [{ title: 'b', due: 'Friday' }, { title: 'c' }] },
};

export const realtimeSession: RealtimeSession = {
  type: 'realtime',
  object: 'realtime.session',
  id: 'ses_1',
  model: 'gpt41mini_hyper2',
  output_modalities: ['audio'],
  instructions: '',
  tools: [],
  tool_choice: 'none',
  max_output_tokens: 'inf',
  tracing: null,
  prompt: null,
  include: null,
  truncation: 'auto',
  expires_at: 1_767_600_000,
  audio: {
    input: {
      format: { type: 'audio/pcm', rate: 24_000 },
      transcription: { model: 'embedded', language: 'en-US' },
      noise_reduction: null,
      turn_detection: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
    },
    output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'slt', speed: 1 },
  },
  coach: session,
};

export const userItem: RealtimeItem = {
  id: 'item_1',
  object: 'realtime.item',
  type: 'message',
  status: 'completed',
  role: 'user',
  content: [{ type: 'input_audio', transcript: 'hello' }],
};
export const coachItem: RealtimeItem = {
  id: 'item_2',
  object: 'realtime.item',
  type: 'message',
  status: 'in_progress',
  role: 'assistant',
  content: [{ type: 'output_audio', transcript: 'Hi.' }],
};
export const response: RealtimeResponse = {
  id: 'resp_1',
  object: 'realtime.response',
  status: 'cancelled',
  status_details: { type: 'cancelled', reason: 'turn_detected' },
  output: [coachItem],
  conversation_id: 'conv_1',
  output_modalities: ['audio'],
  max_output_tokens: 'inf',
  audio: { output: { format: { type: 'audio/pcmu' }, voice: 'slt' } },
  metadata: null,
  usage: { total_tokens: 3, input_tokens: 1, output_tokens: 2 },
};

export interface Sample {
  good: Record<string, unknown>;
  /** Laid over `good`; undefined takes a field away. */
  bad: Record<string, unknown>;
  param: string;
}

const longText = 'x'.repeat(4001);
const message = (content: unknown) => ({ type: 'message', role: 'user', content });

export const clientSamples: Record<string, Sample> = {
  'session.update': {
    good: {
      session: {
        type: 'realtime',
        instructions: 'be someone else',
        audio: {
          input: { format: { type: 'audio/pcm', rate: 16_000 }, turn_detection: null },
          output: { format: { type: 'audio/opus' }, voice: 'slt', speed: 1 },
        },
      },
    },
    bad: { session: { audio: { input: { format: { type: 'audio/pcm', rate: 8000 } } } } },
    param: 'session.audio.input.format.rate',
  },
  'input_audio_buffer.append': { good: { audio: 'AAA=' }, bad: { audio: 7 }, param: 'audio' },
  'input_audio_buffer.commit': { good: {}, bad: { event_id: 7 }, param: 'event_id' },
  'input_audio_buffer.clear': { good: {}, bad: { event_id: 'x'.repeat(513) }, param: 'event_id' },
  'conversation.item.create': {
    good: { previous_item_id: null, item: message([{ type: 'input_text', text: 'hello' }]) },
    bad: { item: message([{ type: 'input_text', text: longText }]) },
    param: 'item.content[0].text',
  },
  'conversation.item.retrieve': { good: { item_id: 'item_1' }, bad: { item_id: 'a b' }, param: 'item_id' },
  'conversation.item.truncate': {
    good: { item_id: 'item_1', content_index: 0, audio_end_ms: 1200 },
    bad: { audio_end_ms: -1 },
    param: 'audio_end_ms',
  },
  'conversation.item.delete': { good: { item_id: 'item_1' }, bad: { item_id: undefined }, param: 'item_id' },
  'response.create': { good: { response: { metadata: { a: 'b' } } }, bad: { response: 3 }, param: 'response' },
  'response.cancel': { good: { response_id: 'resp_1' }, bad: { response_id: {} }, param: 'response_id' },
  'coach.wrap_up.request': { good: {}, bad: { event_id: null }, param: 'event_id' },
  'coach.wrap_up.confirm': { good: {}, bad: { event_id: [] }, param: 'event_id' },
  'coach.wrap_up.decline': { good: {}, bad: { event_id: true }, param: 'event_id' },
  'coach.playout': {
    good: { item_id: 'item_1', audio_ms: 20.5, done: true },
    bad: { audio_ms: Number.NaN },
    param: 'audio_ms',
  },
};

const reply = { response_id: 'resp_1', output_index: 0, item_id: 'item_2', content_index: 0 };
const part = { type: 'audio', transcript: 'Hi.' };

export const serverSamples: Record<string, Omit<Sample, 'param'>> = {
  'session.created': {
    good: { session: { ...realtimeSession, client_secret: { value: 'ek_1', expires_at: '2026-01-05T09:10:00Z' } } },
    bad: { session: { ...realtimeSession, coach: undefined } },
  },
  'session.updated': { good: { session: realtimeSession }, bad: { session: {} } },
  'input_audio_buffer.speech_started': { good: { item_id: 'a', audio_start_ms: 1 }, bad: { audio_start_ms: '1' } },
  'input_audio_buffer.speech_stopped': { good: { item_id: 'a', audio_end_ms: 1 }, bad: { item_id: undefined } },
  'input_audio_buffer.committed': { good: { item_id: 'a', previous_item_id: null }, bad: { previous_item_id: 1 } },
  'input_audio_buffer.cleared': { good: {}, bad: { event_id: 'evt_x' } },
  'conversation.item.added': { good: { item: coachItem, previous_item_id: 'item_1' }, bad: { item: {} } },
  'conversation.item.done': {
    good: { item: userItem },
    bad: { item: { ...userItem, content: [{ type: 'output_audio', transcript: '' }] } },
  },
  'conversation.item.retrieved': { good: { item: userItem }, bad: { item: { ...userItem, role: 'system' } } },
  'conversation.item.truncated': {
    good: { item_id: 'a', content_index: 0, audio_end_ms: 5 },
    bad: { content_index: -1 },
  },
  'conversation.item.deleted': { good: { item_id: 'a' }, bad: { item_id: '' } },
  'conversation.item.input_audio_transcription.delta': {
    good: { item_id: 'a', content_index: 0, delta: 'hel' },
    bad: { delta: undefined },
  },
  'conversation.item.input_audio_transcription.completed': {
    good: { item_id: 'a', content_index: 0, transcript: 'hello', usage: { type: 'duration', seconds: 1.2 } },
    bad: { usage: { type: 'duration' } },
  },
  'conversation.item.input_audio_transcription.failed': {
    good: { item_id: 'a', content_index: 0, error: { type: 'server_error', code: 'x', message: 'y' } },
    bad: { error: null },
  },
  'response.created': { good: { response: { ...response, status_details: null, usage: null } }, bad: { response: 1 } },
  'response.done': { good: { response }, bad: { response: { ...response, status: 'finished' } } },
  'response.output_item.added': {
    good: { response_id: 'r', output_index: 0, item: coachItem },
    bad: { output_index: 0.5 },
  },
  'response.output_item.done': { good: { response_id: 'r', output_index: 0, item: coachItem }, bad: { item: null } },
  'response.content_part.added': {
    good: { ...reply, part: { type: 'audio' } },
    bad: { part: { type: 'output_audio' } },
  },
  'response.content_part.done': { good: { ...reply, part }, bad: { part: undefined } },
  'response.output_audio.delta': { good: { ...reply, delta: 'AAA=' }, bad: { delta: 1 } },
  'response.output_audio.done': { good: reply, bad: { response_id: undefined } },
  'response.output_audio_transcript.delta': { good: { ...reply, delta: 'Hi' }, bad: { item_id: undefined } },
  'response.output_audio_transcript.done': { good: { ...reply, transcript: 'Hi.' }, bad: { transcript: null } },
  'rate_limits.updated': {
    good: { rate_limits: [{ name: 'requests', limit: 10, remaining: 9, reset_seconds: 1 }] },
    bad: { rate_limits: {} },
  },
  error: {
    good: { error: { type: 'invalid_request_error', code: 'x', message: 'y', param: null, event_id: 'mine' } },
    bad: { error: { message: 'y' } },
  },
  'coach.phase.changed': {
    good: { phase: 'confirming', previous: 'coaching', reason: 'requested' },
    bad: { phase: 'asleep' },
  },
  'coach.session.ended': { good: { reason: 'user_confirmed', session: endedSession }, bad: { reason: 'bored' } },
  'coach.audio.started': { good: { stream: 4_294_967_295, item_id: 'a', response_id: 'r' }, bad: { stream: 2 ** 32 } },
  'coach.input.ack': { good: { audio_ms: 20 }, bad: { audio_ms: Number.POSITIVE_INFINITY } },
  'coach.input.partial': { good: { item_id: 'a', text: '' }, bad: { text: undefined } },
  'coach.resumed': { good: { after: 'evt_3', replayed: 2, gap: false, session }, bad: { session: null } },
  'coach.going_away': { good: { time_left_ms: 5000 }, bad: { time_left_ms: -1 } },
  'coach.turn.metrics': {
    good: {
      item_id: 'a',
      end_of_turn_delay_ms: 400,
      transcription_ms: 120.5,
      llm_ttft_ms: null,
      tts_ttfb_ms: 20,
      e2e_latency_ms: 700,
      server_ms: 3,
    },
    bad: { e2e_latency_ms: '700' },
  },
  'coach.safety': {
    good: { category: 'self_harm', resources: [{ name: 'Lifeline', phone: '988' }] },
    bad: { resources: [{}] },
  },
  'coach.notice': { good: { code: 'transcription_queued', message: 'One moment.', item_id: 'a' }, bad: { code: 1 } },
};
