/** Events from the server. */
import * as z from 'zod';
import { audioMs, count, durationMs, eventId, id } from '../primitives.ts';
import { endReason, phase, session } from '../rest/session.ts';
import { contentPart, realtimeItem, realtimeResponse, realtimeSession, wireError } from './shapes.ts';

/** An event's schema: its type, `event_id`, and `shape`. */
function event<const T extends string, S extends z.ZodRawShape>(type: T, description: string, shape: S) {
  return z
    .object({ type: z.literal(type), event_id: eventId })
    .extend(shape)
    .meta({ description });
}

const previous_item_id = z.string().nullable().optional();
const inItem = { item_id: id, content_index: count };
const inResponse = { response_id: id, output_index: count };
const inReply = { ...inResponse, ...inItem };
const figure = durationMs.nullable();
const optionalFigure = figure.optional();

export const serverEvent = z.discriminatedUnion('type', [
  event('session.created', 'The first event of a connection that does not resume.', { session: realtimeSession }),
  event('session.updated', 'What is in force after session.update.', { session: realtimeSession }),

  event('input_audio_buffer.speech_started', 'The user began to speak.', { item_id: id, audio_start_ms: audioMs }),
  event('input_audio_buffer.speech_stopped', 'The user finished a thought.', { item_id: id, audio_end_ms: audioMs }),
  event('input_audio_buffer.committed', 'The utterance is taken.', { item_id: id, previous_item_id }),
  event('input_audio_buffer.cleared', 'Uncommitted audio was thrown away.', {}),

  event('conversation.item.added', 'An item began.', { item: realtimeItem, previous_item_id }),
  event('conversation.item.done', 'An item is stored: the acknowledgement.', { item: realtimeItem, previous_item_id }),
  event('conversation.item.retrieved', 'An item as it stands.', { item: realtimeItem }),
  event('conversation.item.truncated', 'A reply was cut to what was heard.', { ...inItem, audio_end_ms: audioMs }),
  event('conversation.item.deleted', 'An item is gone.', { item_id: id }),
  event('conversation.item.input_audio_transcription.delta', 'More words of the user; append-only.', {
    ...inItem,
    delta: z.string(),
  }),
  event('conversation.item.input_audio_transcription.completed', 'All the words of an utterance.', {
    ...inItem,
    transcript: z.string(),
    usage: z.object({ type: z.literal('duration'), seconds: z.number().min(0) }),
  }),
  event('conversation.item.input_audio_transcription.failed', 'The utterance could not be transcribed.', {
    ...inItem,
    error: z.object({
      type: z.string(),
      code: z.string(),
      message: z.string(),
      param: z.string().optional(),
    }),
  }),

  event('response.created', 'A reply began.', { response: realtimeResponse }),
  event('response.done', 'A reply ended: completed, cancelled, failed or incomplete.', { response: realtimeResponse }),
  event('response.output_item.added', "The reply's item began.", { ...inResponse, item: realtimeItem }),
  event('response.output_item.done', "The reply's item ended.", { ...inResponse, item: realtimeItem }),
  event('response.content_part.added', "The item's spoken part began.", { ...inReply, part: contentPart }),
  event('response.content_part.done', "The item's spoken part ended.", { ...inReply, part: contentPart }),
  event('response.output_audio.delta', 'Audio, base64, in the output format; kuku.v1 has binary frames instead.', {
    ...inReply,
    delta: z.string(),
  }),
  event('response.output_audio.done', 'All audio of the reply was sent.', inReply),
  event('response.output_audio_transcript.delta', 'More words of the coach.', { ...inReply, delta: z.string() }),
  event('response.output_audio_transcript.done', 'All words of the coach.', { ...inReply, transcript: z.string() }),

  event('rate_limits.updated', 'What is left of the limits.', {
    rate_limits: z.array(
      z.object({
        name: z.enum(['requests', 'tokens']),
        limit: z.number().min(0),
        remaining: z.number().min(0),
        reset_seconds: z.number().min(0),
      }),
    ),
  }),
  event('error', 'A client event was refused or work failed; the socket stays open unless a close follows.', {
    error: wireError,
  }),

  event('coach.phase.changed', 'The session moved to another phase (PROTOCOL.md section 3).', {
    phase,
    previous: phase,
    reason: z.string(),
  }),
  event('coach.session.ended', 'The last event before close 1000.', { reason: endReason, session }),
  event('coach.audio.started', 'Binds binary frames of a stream to an item.', {
    stream: z.int().min(0).max(0xffff_ffff),
    item_id: id,
    response_id: id,
  }),
  event('coach.input.ack', 'Captured audio up to here is safe; the client may forget it.', { audio_ms: audioMs }),
  event('coach.input.partial', 'What the user seems to be saying; replaces the former one and may revise it.', {
    item_id: id,
    text: z.string(),
  }),
  event('coach.resumed', 'The first event after a resume.', {
    after: z.string().nullable(),
    replayed: count.meta({ description: 'Stored events that follow.' }),
    gap: z.boolean().meta({ description: 'Events were lost; session is the whole state.' }),
    session,
  }),
  event('coach.going_away', 'This instance drains; connect again now.', { time_left_ms: durationMs }),
  event('coach.turn.metrics', "One turn's timings, ms; null where a stage did not happen.", {
    item_id: id,
    end_of_turn_delay_ms: figure,
    transcription_ms: figure,
    llm_ttft_ms: figure,
    tts_ttfb_ms: figure,
    e2e_latency_ms: figure,
    server_ms: optionalFigure.meta({ description: "The server's own share of e2e_latency_ms." }),
    speech_ms: optionalFigure.meta({ description: 'Length of what the user said.' }),
    reply_audio_ms: optionalFigure.meta({ description: 'Length of the spoken reply.' }),
    speculations: count.optional().meta({ description: 'Replies begun early and thrown away.' }),
  }),
  event('coach.safety', 'A crisis was recognised; show these resources.', {
    category: z.string(),
    resources: z.array(
      z.object({
        name: z.string(),
        phone: z.string().optional(),
        text: z.string().optional(),
        url: z.string().optional(),
        description: z.string().optional(),
      }),
    ),
  }),
  event('coach.notice', 'Something the user may want to know; nothing failed.', {
    code: z.string().meta({ description: 'transcription_queued, …' }),
    message: z.string(),
    item_id: id.optional(),
  }),
]);
export type ServerEvent = z.infer<typeof serverEvent>;
export type ServerEventType = ServerEvent['type'];
type WithoutId<E> = E extends ServerEvent ? Omit<E, 'event_id'> : never;
/** A server event before it is given its `event_id`. */
export type ServerEventBody = WithoutId<ServerEvent>;
/** The event of one type, e.g. `ServerEventOf<'error'>`. */
export type ServerEventOf<T extends ServerEventType> = Extract<ServerEvent, { type: T }>;
