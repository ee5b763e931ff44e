/** Objects inside server events: the session, items, responses, errors. OpenAI Realtime GA shapes. */
import * as z from 'zod';
import { audioFormatInForce, modality, noiseReduction, turnDetection } from '../audio-format.ts';
import { count, id, name } from '../primitives.ts';
import { clientSecret, session } from '../rest/session.ts';

/** The session as `session.created` and `session.updated` carry it; `coach` is our own REST object. */
export const realtimeSession = z.object({
  type: z.literal('realtime'),
  object: z.literal('realtime.session'),
  id,
  model: name,
  output_modalities: z.array(modality),
  instructions: z.string(),
  tools: z.array(z.unknown()),
  tool_choice: z.string(),
  max_output_tokens: z.union([z.int(), z.literal('inf')]),
  tracing: z.null(),
  prompt: z.null(),
  include: z.null(),
  truncation: z.string(),
  expires_at: z.int().meta({ description: "Seconds since the epoch, as in OpenAI's session object." }),
  audio: z.object({
    input: z.object({
      format: audioFormatInForce,
      transcription: z.object({ model: z.string(), language: z.string().optional() }).nullable(),
      noise_reduction: noiseReduction,
      turn_detection: turnDetection,
    }),
    output: z.object({ format: audioFormatInForce, voice: name, speed: z.number() }),
  }),
  coach: session,
  client_secret: clientSecret.optional().meta({ description: 'Only where this connection created the session.' }),
});
export type RealtimeSession = z.infer<typeof realtimeSession>;

const itemBase = {
  id,
  object: z.literal('realtime.item'),
  type: z.literal('message'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
};

const userContent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_audio'), transcript: z.string().nullable() }),
  z.object({ type: z.literal('input_text'), text: z.string() }),
]);
const assistantContent = z.object({ type: z.literal('output_audio'), transcript: z.string() });

export const realtimeItem = z.discriminatedUnion('role', [
  z.object({ ...itemBase, role: z.literal('user'), content: z.array(userContent) }),
  z.object({ ...itemBase, role: z.literal('assistant'), content: z.array(assistantContent) }),
]);
/** A message on the socket. A transcript is null while it is not known yet. */
export type RealtimeItem = z.infer<typeof realtimeItem>;

export const responseStatus = z.enum(['in_progress', 'completed', 'cancelled', 'failed', 'incomplete']);
export type ResponseStatus = z.infer<typeof responseStatus>;

export const realtimeResponse = z.object({
  id,
  object: z.literal('realtime.response'),
  status: responseStatus,
  status_details: z
    .object({
      type: z.enum(['completed', 'cancelled', 'failed', 'incomplete']),
      reason: z.string().optional().meta({ description: 'turn_detected, client_cancelled, …' }),
      error: z.object({ type: z.string(), code: z.string(), message: z.string().optional() }).optional(),
    })
    .nullable(),
  output: z.array(realtimeItem),
  conversation_id: z.string().nullable(),
  output_modalities: z.array(modality),
  max_output_tokens: z.union([z.int(), z.literal('inf')]),
  audio: z.object({ output: z.object({ format: audioFormatInForce, voice: name }) }),
  metadata: z.record(z.string(), z.string()).nullable(),
  usage: z
    .object({ total_tokens: count, input_tokens: count, output_tokens: count })
    .nullable()
    .meta({ description: 'Null where the provider counts no tokens.' }),
});
export type RealtimeResponse = z.infer<typeof realtimeResponse>;

export const contentPart = z.object({ type: z.enum(['audio', 'text']), transcript: z.string().optional() });
export type ContentPart = z.infer<typeof contentPart>;

export const wireErrorType = z.enum([
  'invalid_request_error',
  'rate_limit_error',
  'authentication_error',
  'server_error',
]);

export const wireError = z.object({
  type: wireErrorType,
  code: z.string().nullable(),
  message: z.string(),
  param: z.string().nullable().meta({ description: 'Dotted path of the offending field.' }),
  event_id: z.string().nullable().meta({ description: 'event_id of the client event at fault.' }),
});
export type WireError = z.infer<typeof wireError>;
