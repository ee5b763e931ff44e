import type { FastifyRequest } from 'fastify';
import { bearer } from '../../accounts/tokens.ts';
import { KukuError, NotFound } from '../../errors.ts';
import type { TransportParts } from '../context.ts';

/** The caller holds this session's secret. Somebody else's session looks like one that never was. */
export async function mayUse(request: FastifyRequest, parts: TransportParts, id: string): Promise<void> {
  const token = bearer(request.headers.authorization);
  if (token === null) {
    const what = "this needs the session's client_secret: Authorization: Bearer ek_…";
    throw new KukuError(what, { code: 'unauthorized', status: 401, type: 'authentication_error' });
  }
  const verified = await parts.tokens.verify(token);
  if (verified?.kind !== 'session' || verified.session_id !== id) throw new NotFound();
}
