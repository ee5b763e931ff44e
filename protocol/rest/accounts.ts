/** Accounts, tokens and short-lived secrets. */
import * as z from 'zod';
import { sessionConfig } from '../events/session-config.ts';
import { realtimeSession } from '../events/shapes.ts';
import { id, timestamp } from '../primitives.ts';
import { item, session } from './session.ts';

const email = z.email().max(254);
const password = z.string().min(8).max(128);

export const user = z.object({
  id,
  object: z.literal('user'),
  email,
  name: z.string().nullable(),
  created_at: timestamp,
});
export type User = z.infer<typeof user>;

export const createUserRequest = z.object({ email, password, name: z.string().min(1).max(100).optional() });
export type CreateUserRequest = z.infer<typeof createUserRequest>;

/** No lower bound on the password here: a wrong one is 401, whatever its length. */
export const tokenRequest = z.object({ email, password: z.string().min(1).max(128) });
export type TokenRequest = z.infer<typeof tokenRequest>;

export const refreshRequest = z.object({ refresh_token: z.string().min(1).max(4096) });
export type RefreshRequest = z.infer<typeof refreshRequest>;

export const tokenResponse = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in_seconds: z.int().min(1),
  refresh_token: z.string(),
});
export type TokenResponse = z.infer<typeof tokenResponse>;

export const userExport = z.object({
  user,
  sessions: z.array(
    z.object({
      session,
      items: z.array(item),
      feedback: z.object({ rating: z.int(), comment: z.string().nullable(), created_at: timestamp }).nullable(),
    }),
  ),
});
export type UserExport = z.infer<typeof userExport>;

/** `POST /v1/realtime/client_secrets`, OpenAI's shape. */
export const clientSecretsRequest = z.object({
  expires_after: z
    .object({
      anchor: z.literal('created_at').optional(),
      seconds: z.int().min(10).max(7200).optional(),
    })
    .optional(),
  session: sessionConfig.optional(),
});
export type ClientSecretsRequest = z.infer<typeof clientSecretsRequest>;

export const clientSecretsResponse = z.object({
  value: z.string().regex(/^ek_/),
  expires_at: z.int().meta({ description: "Seconds since the epoch, as in OpenAI's call of that name." }),
  session: realtimeSession.pick({ type: true, object: true, model: true, output_modalities: true }),
});
export type ClientSecretsResponse = z.infer<typeof clientSecretsResponse>;
