/** What a client may set of a session, in the shape of OpenAI's Realtime (GA) session object. */
import * as z from 'zod';
import { audioFormat, modality, noiseReduction, turnDetection } from '../audio-format.ts';
import { language, name } from '../primitives.ts';

const leftAlone = z.unknown().optional().meta({ description: "Accepted and left alone: not the client's to set." });

/** A voice by name, or in OpenAI's form for custom voices. */
export const voiceRef = z.union([name, z.object({ id: name })]);
export const voiceName = (voice: z.infer<typeof voiceRef>): string => (typeof voice === 'string' ? voice : voice.id);

/** Most of `output_modalities`. */
export const MAX_MODALITIES = 2;

export const sessionConfig = z.object({
  type: z.literal('realtime').optional(),
  output_modalities: z.array(modality).min(1).max(MAX_MODALITIES).optional(),
  audio: z
    .object({
      input: z
        .object({
          format: audioFormat.optional(),
          turn_detection: turnDetection.optional(),
          transcription: z
            .object({
              language: language.optional().meta({ description: 'Sets the language of the session.' }),
              model: leftAlone,
              prompt: leftAlone,
            })
            .nullable()
            .optional(),
          noise_reduction: noiseReduction.optional(),
        })
        .optional(),
      output: z
        .object({
          format: audioFormat.optional(),
          voice: voiceRef.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
  instructions: leftAlone,
  model: leftAlone,
  tools: leftAlone,
  tool_choice: leftAlone,
  parallel_tool_calls: leftAlone,
  reasoning: leftAlone,
  tracing: leftAlone,
  prompt: leftAlone,
  include: leftAlone,
  truncation: leftAlone,
  max_output_tokens: leftAlone,
  temperature: leftAlone,
});
export type SessionConfig = z.infer<typeof sessionConfig>;
/** As a client writes it: fields with defaults may be left out. */
export type SessionConfigInput = z.input<typeof sessionConfig>;
