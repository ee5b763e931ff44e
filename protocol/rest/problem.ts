/** How every REST error looks. */
import * as z from 'zod';

/** RFC 9457 `application/problem+json`. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'URI reference of the kind of problem; about:blank where there is none.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable; what a program should look at.' }),
    request_id: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).meta({
      description: 'Each offending field of an invalid request; empty otherwise.',
    }),
    retryable: z.boolean().meta({ description: 'Whether the same request may work later.' }),
  })
  .meta({ description: 'RFC 9457 problem details.' });
export type Problem = z.infer<typeof problem>;
