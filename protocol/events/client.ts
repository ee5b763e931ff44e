/** Events from the client. Unknown keys are ignored, never an error. */
import * as z from 'zod';
import { audioMs, count, id, MAX_EVENT_ID_CHARS, MAX_TEXT_CHARS } from '../primitives.ts';
import { sessionConfig } from './session-config.ts';

/** Most content parts of one created item. */
export const MAX_CONTENT_PARTS = 16;

/** An event's schema: its type, the client's own `event_id`, and `shape`. */
function event<const T extends string, S extends z.ZodRawShape>(type: T, description: string, shape: S) {
  const base = z.object({ type: z.literal(type), event_id: z.string().max(MAX_EVENT_ID_CHARS).optional() });
  return base.extend(shape).meta({ description });
}

export const userMessage = z.object({
  id: id.optional(),
  object: z.literal('realtime.item').optional(),
  type: z.literal('message'),
  role: z.literal('user'),
  status: z.enum(['in_progress', 'completed', 'incomplete']).optional(),
  content: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('input_text'), text: z.string().min(1).max(MAX_TEXT_CHARS) }),
        z.object({
          type: z.literal('input_audio'),
          audio: z.string().min(1).meta({ description: 'Base64, in the input format.' }),
          transcript: z.string().max(MAX_TEXT_CHARS).nullable().optional(),
        }),
      ]),
    )
    .min(1)
    .max(MAX_CONTENT_PARTS),
});
/** The one kind of item a client may create. Others are answered with `unsupported_item` (see parse.ts). */
export type UserMessage = z.infer<typeof userMessage>;

export const clientEvent = z.discriminatedUnion('type', [
  event('session.update', 'Sets voice, audio formats, language and turn detection.', { session: sessionConfig }),
  event('input_audio_buffer.append', 'Audio, base64, in the input format.', { audio: z.string() }),
  event('input_audio_buffer.commit', 'Ends the utterance by hand.', {}),
  event('input_audio_buffer.clear', 'Throws away audio that is not committed.', {}),
  event('conversation.item.create', 'Adds a user message.', {
    previous_item_id: z.string().max(64).nullable().optional(),
    item: userMessage,
  }),
  event('conversation.item.retrieve', 'Asks for an item as it stands.', { item_id: id }),
  event('conversation.item.truncate', "Cuts a reply to what was heard; without it the server's own estimate counts.", {
    item_id: id,
    content_index: count,
    audio_end_ms: audioMs,
  }),
  event('conversation.item.delete', 'Removes an item from the conversation.', { item_id: id }),
  event('response.create', 'Asks the coach to reply now.', {
    response: z
      .object({ conversation: z.string().max(64).optional() })
      .nullable()
      .optional()
      .meta({ description: "Accepted; a reply's instructions and tools are not the client's to set." }),
  }),
  event('response.cancel', 'Stops the reply that is being spoken; harmless when there is none.', {
    response_id: z.string().max(64).optional(),
  }),
  event('coach.wrap_up.request', 'Asks to end, as saying so would, without a user item.', {}),
  event('coach.wrap_up.confirm', 'Yes, end here.', {}),
  event('coach.wrap_up.decline', 'No, go on.', {}),
  event('coach.playout', 'How much of an item has been heard.', {
    item_id: id,
    audio_ms: audioMs,
    done: z.boolean().optional(),
  }),
]);
export type ClientEvent = z.infer<typeof clientEvent>;
export type ClientEventType = ClientEvent['type'];
/** What a client writes: fields with defaults may be left out. */
export type ClientEventInput = z.input<typeof clientEvent>;
