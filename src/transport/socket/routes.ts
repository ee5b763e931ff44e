import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { CloseCode, KUKU_SUBPROTOCOL, REALTIME_SUBPROTOCOL } from '../../../protocol/index.ts';
import { bearer, tokenFromProtocols, type Verified } from '../../accounts/tokens.ts';
import { NotFound, SessionEnded } from '../../errors.ts';
import type { Dialect } from '../../session/state.ts';
import type { TransportParts } from '../context.ts';
import { newSession, secretFor } from '../new-session.ts';
import { originAllowed } from '../origins.ts';
import { Link } from './link.ts';

/** Of the offered subprotocols the one that is selected (PROTOCOL.md section 2); the token's is never echoed. */
export function selectProtocol(offered: Set<string>): string | false {
  if (offered.has(KUKU_SUBPROTOCOL)) return KUKU_SUBPROTOCOL;
  return offered.has(REALTIME_SUBPROTOCOL) ? REALTIME_SUBPROTOCOL : false;
}

export function socketRoutes(app: FastifyInstance, parts: TransportParts): void {
  app.addHook('preValidation', async (request, reply) => {
    if (!request.ws || originAllowed(request, parts.allowedOrigins)) return;
    await reply.code(403).send({ code: 'origin_not_allowed' });
  });

  app.get<{ Params: { id: string } }>('/api/sessions/:id/stream', { websocket: true }, (ws, request) => {
    serve(ws, request, parts, async (link) => {
      const token = await verified(request, parts);
      // Verified before anything is looked up: a stolen id and one that never was are answered alike (FAULTS row 26).
      if (token?.kind !== 'session' || token.session_id !== request.params.id) return refuse(link);
      await attach(parts, link, token.session_id);
    });
  });

  app.get<{ Querystring: { model?: string } }>('/v1/realtime', { websocket: true }, (ws, request) => {
    serve(ws, request, parts, async (link) => {
      const token = await verified(request, parts);
      if (token === null || token.kind === 'session') return refuse(link);
      const { model } = request.query;
      // Clients of OpenAI's API name models of OpenAI's: session.created says what is in force.
      const known = model !== undefined && parts.models.has(model) ? { model } : {};
      const session = await newSession(parts, known);
      await attach(parts, link, session.id, await secretFor(parts, session));
    });
  });
}

function serve(
  ws: WebSocket,
  request: FastifyRequest,
  parts: TransportParts,
  open: (link: Link) => Promise<void>,
): void {
  const log: FastifyBaseLogger = request.log;
  const dialect: Dialect = ws.protocol === KUKU_SUBPROTOCOL ? 'kuku.v1' : 'realtime';
  const opened = parts.clock.mono();
  const link = new Link(ws, {
    clock: parts.clock,
    dialect,
    rateLimits: parts.limits.rate_limits,
    onClosed: () => log.debug({ seconds: Math.round((parts.clock.mono() - opened) / 1000) }, 'socket closed'),
    onFault: (error) => log.error({ err: faultName(error) }, 'a message could not be handled'),
  });
  open(link).catch((error: unknown) => {
    if (error instanceof SessionEnded) return link.close(CloseCode.SESSION_ENDED, 'the session has ended');
    if (error instanceof NotFound) return link.close(CloseCode.NO_SUCH_SESSION, 'no such session');
    log.error({ err: faultName(error) }, 'a socket could not be attached');
    link.close(CloseCode.INTERNAL, 'our fault; try again');
  });
}

async function attach(
  parts: TransportParts,
  link: Link,
  id: string,
  secret?: { value: string; expires_at: string },
): Promise<void> {
  await parts.registry.use(id, (actor) => {
    if (link.closed) return;
    actor.attach(link, secret);
    link.bind(actor);
  });
}

type Caller = Verified | { kind: 'anonymous' };

/** Who calls. A key of another service opens anonymous sessions: whoever may call may have one (AUTH=optional). */
async function verified(request: FastifyRequest, parts: TransportParts): Promise<Caller | null> {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const token = bearer(request.headers.authorization) ?? tokenFromProtocols(offered);
  if (token === null) return null;
  return token.startsWith('ek_') ? parts.tokens.verify(token) : { kind: 'anonymous' };
}

function refuse(link: Link): void {
  link.close(CloseCode.POLICY, 'no right to this session');
}

/** Errors are logged by name: their messages may quote what was said. */
function faultName(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.stack?.split('\n')[1]?.trim() ?? ''}` : 'unknown';
}
