/** Audio formats and turn detection: what `session.update` sets and `session.updated` shows. */
import * as z from 'zod';

export const PCM_RATES = [16_000, 24_000, 48_000] as const;
export const DEFAULT_PCM_RATE = 24_000;

const pcmRate = z.literal([...PCM_RATES]);
const g711 = [
  z.object({ type: z.literal('audio/pcmu') }).meta({ description: 'G.711 mu-law, 8 kHz mono.' }),
  z.object({ type: z.literal('audio/pcma') }).meta({ description: 'G.711 A-law, 8 kHz mono.' }),
] as const;
const opus = z
  .object({ type: z.literal('audio/opus') })
  .meta({ description: 'Opus, 48 kHz mono, one packet a frame; kuku.v1 only.' });
const PCM = 'Signed 16-bit little-endian mono.';

/** As a client asks for it: `rate` may be left out. */
export const audioFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('audio/pcm'), rate: pcmRate.default(DEFAULT_PCM_RATE) }).meta({ description: PCM }),
  ...g711,
  opus,
]);
/** As the server shows it: `rate` is always there. */
export const audioFormatInForce = z.discriminatedUnion('type', [
  z.object({ type: z.literal('audio/pcm'), rate: pcmRate }).meta({ description: PCM }),
  ...g711,
  opus,
]);
export type AudioFormat = z.infer<typeof audioFormatInForce>;

export const eagerness = z.enum(['low', 'medium', 'high', 'auto']);
export type Eagerness = z.infer<typeof eagerness>;

/** Null means that the client commits by hand. */
export const turnDetection = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('server_vad'),
      threshold: z.number().min(0).max(1).optional(),
      prefix_padding_ms: z.int().min(0).max(5000).optional(),
      silence_duration_ms: z.int().min(0).max(10_000).optional(),
      idle_timeout_ms: z.int().min(1000).max(600_000).nullable().optional(),
      create_response: z.boolean().optional(),
      interrupt_response: z.boolean().optional(),
    }),
    z.object({
      type: z.literal('semantic_vad'),
      eagerness: eagerness.optional(),
      create_response: z.boolean().optional(),
      interrupt_response: z.boolean().optional(),
    }),
  ])
  .nullable();
export type TurnDetection = z.infer<typeof turnDetection>;

export const noiseReduction = z.object({ type: z.enum(['near_field', 'far_field']).optional() }).nullable();

export const modality = z.enum(['text', 'audio']);
export type Modality = z.infer<typeof modality>;
