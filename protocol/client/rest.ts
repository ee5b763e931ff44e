import type * as z from 'zod';
import {
  type CreateSessionRequest,
  type CreateSessionResponse,
  createSessionResponse,
  type MessageResponse,
  messageResponse,
  type Problem,
  problem,
  type Session,
  session,
} from '../rest.ts';
import { type FetchLike, globalFetch } from './platform.ts';

/** An answer that is not 2xx, or is not what the contract says. */
export class RestError extends Error {
  readonly status: number;
  /** What the server said, where it said it as RFC 9457. */
  readonly problem: Problem | null;

  constructor(message: string, status: number, told: Problem | null) {
    super(message);
    this.name = 'RestError';
    this.status = status;
    this.problem = told;
  }
}

export interface RestOptions {
  /** Access token or client secret. */
  token?: string;
  /** The global fetch unless given. */
  fetch?: FetchLike;
}

/** `POST /api/sessions`. Rejects with RestError, or with what fetch rejects with. */
export function createSession(
  baseUrl: string,
  body: CreateSessionRequest = {},
  options: RestOptions = {},
): Promise<CreateSessionResponse> {
  return post(createSessionResponse, baseUrl, '/api/sessions', body, options);
}

/** `POST /api/sessions/{id}/messages`: one typed turn. */
export function sendMessage(
  baseUrl: string,
  sessionId: string,
  text: string,
  options: RestOptions = {},
): Promise<MessageResponse> {
  return post(messageResponse, baseUrl, `/api/sessions/${encodeURIComponent(sessionId)}/messages`, { text }, options);
}

/** `POST /api/sessions/{id}/end`: ends it at once; idempotent. */
export function endSession(baseUrl: string, sessionId: string, options: RestOptions = {}): Promise<Session> {
  return post(session, baseUrl, `/api/sessions/${encodeURIComponent(sessionId)}/end`, {}, options);
}

async function post<T>(
  schema: z.ZodType<T>,
  baseUrl: string,
  path: string,
  body: unknown,
  options: RestOptions,
): Promise<T> {
  const send = options.fetch ?? globalFetch();
  const response = await send(baseUrl.replace(/\/+$/, '') + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    body: JSON.stringify(body),
  });
  const answer = parseJson(await response.text());
  if (!response.ok) {
    const told = problem.safeParse(answer);
    const why = told.success ? `${told.data.code}: ${told.data.detail}` : `status ${response.status}`;
    throw new RestError(`POST ${path}: ${why}`, response.status, told.success ? told.data : null);
  }
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new RestError(`POST ${path}: the answer is not what was promised`, response.status, null);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
