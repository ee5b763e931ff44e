import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { CloseCode, KUKU_SUBPROTOCOL, REALTIME_SUBPROTOCOL } from '../../../protocol/index.ts';
import { bearer, tokenFromProtocols, type Verified } from '../../accounts/tokens.ts';
import { KukuError, NotFound, nameAndPlace, SessionEnded } from '../../errors.ts';
import type { Dialect } from '../../session/state.ts';
import type { TransportParts } from '../context.ts';
import { sendProblem } from '../http/problems.ts';
import { newSession, secretFor } from '../new-session.ts';
import { originAllowed } from '../origins.ts';
import { Link } from './link.ts';

/** Of the offered subprotocols the one that is selected (PROTOCOL.md section 2); the token's is never echoed. */
export function selectProtocol(offered: Set<string>): string | false {
  if (offered.has(KUKU_SUBPROTOCOL)) return KUKU_SUBPROTOCOL;
  return offered.has(REALTIME_SUBPROTOCOL) ? REALTIME_SUBPROTOCOL : false;
}

const STREAM = '/api/sessions/:id/stream';
const REALTIME = '/v1/realtime';

/** Before the upgrade: only the two socket routes take one, and only from pages that may (FAULTS row 27). */
export async function guardUpgrade(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]) {
  const { url } = request.routeOptions;
  const isSocket = url === STREAM || url === REALTIME;
  if (isSocket && !request.ws) {
    return sendProblem(request, reply, 426, 'upgrade_required', 'this address is a WebSocket');
  }
  if (!request.ws) return;
  if (!isSocket) return sendProblem(request, reply, 404, 'not_found', 'there is no WebSocket at this address');
  if (originAllowed(request, allowed)) return;
  return sendProblem(request, reply, 403, 'origin_not_allowed', 'pages of this origin may not connect');
}

/** Errors of the socket itself: ws has closed it, or the peer is gone. Ours close it with 1011. */
export function socketFailed(error: unknown, ws: WebSocket, log: FastifyBaseLogger): void {
  if (ws.readyState !== ws.OPEN) return;
  log.error(nameAndPlace(error), 'a socket failed');
  ws.close(CloseCode.INTERNAL, 'our fault; try again');
}

export function socketRoutes(app: FastifyInstance, parts: TransportParts): void {
  app.get<{ Params: { id: string } }>(STREAM, { websocket: true }, (ws, request) => {
    serve(ws, request, parts, async (link) => {
      const token = await verified(request, parts);
      // Verified before anything is looked up: a stolen id and one that never was are answered alike (FAULTS row 26).
      if (token?.kind !== 'session' || token.session_id !== request.params.id) return refuse(link);
      await attach(parts, link, token.session_id);
    });
  });

  app.get<{ Querystring: { model?: string } }>(REALTIME, { websocket: true }, (ws, request) => {
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
    onFault: (error) => log.error(nameAndPlace(error), 'a message could not be handled'),
  });
  open(link).catch((error: unknown) => {
    if (error instanceof SessionEnded) return link.close(CloseCode.SESSION_ENDED, 'the session has ended');
    if (error instanceof KukuError && error.code === 'draining') return link.close(CloseCode.DRAINING, error.message);
    if (error instanceof NotFound) return link.close(CloseCode.NO_SUCH_SESSION, 'no such session');
    log.error(nameAndPlace(error), 'a socket could not be attached');
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
