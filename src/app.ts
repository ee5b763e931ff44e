import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import asyncapi from '../protocol/generated/asyncapi.json' with { type: 'json' };
import type { TransportParts } from './transport/context.ts';
import { audioRoutes } from './transport/http/audio.ts';
import { messageRoutes } from './transport/http/messages.ts';
import { problemHandlers, sendProblem } from './transport/http/problems.ts';
import { serviceRoutes } from './transport/http/service.ts';
import { sessionRoutes } from './transport/http/sessions.ts';
import { MAX_FRAGMENTS, MAX_MESSAGE_BYTES } from './transport/socket/limits.ts';
import { guardUpgrade, selectProtocol, socketFailed, socketRoutes } from './transport/socket/routes.ts';

/** Largest JSON body, bytes: a message has 4,000 characters. */
const MAX_BODY_BYTES = 64 * 1024;
/** Calls a minute from one address. */
const CALLS_PER_MINUTE = 600;
/** A socket whose peer does not answer a close is dropped after this, ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** A constant of its own: two of these are newer than the types that @fastify/websocket was written with. */
const SOCKET_OPTIONS = {
  maxPayload: MAX_MESSAGE_BYTES,
  maxFragments: MAX_FRAGMENTS,
  closeTimeout: CLOSE_TIMEOUT_MS,
  // Compressing audio costs more than it saves, and a compressed message may be a bomb (FAULTS row 10).
  perMessageDeflate: false,
  handleProtocols: selectProtocol,
};

/** Plugins log headers and the bytes of broken requests at trace: tokens are in there (FAULTS row 28). */
const NEVER_LOGGED = ['headers', '*.headers', '*.rawPacket'];

export interface AppOptions {
  /** Options of pino. Left out: nothing is logged. */
  logger?: Extract<NonNullable<FastifyServerOptions['logger']>, object>;
}

/** The Fastify app. Holds no process state: tests build many. Whoever builds it closes it. */
export async function buildApp(parts: TransportParts, options: AppOptions = {}): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    logger: options.logger !== undefined && { redact: { paths: NEVER_LOGGED, remove: true }, ...options.logger },
    bodyLimit: MAX_BODY_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    genReqId: () => crypto.randomUUID(),
    // A proxy on this machine may say whom it speaks for; nobody else may choose their own address.
    trustProxy: 'loopback',
    frameworkErrors: (_error, request, reply) => {
      sendProblem(request, reply, 400, 'bad_request', 'the address is not a valid URL');
    },
    clientErrorHandler: brokenRequest,
  });
  takeEmptyBodies(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  problemHandlers(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  // The address without its query: audio_url carries a signature.
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms }, 'answered');
  });

  await app.register(cors, {
    origin: [...parts.allowedOrigins],
    methods: ['GET', 'POST', 'DELETE'],
    exposedHeaders: ['x-request-id'],
  });
  if (parts.limits.rate_limits) {
    await app.register(rateLimit, { max: CALLS_PER_MINUTE, timeWindow: 60_000 });
  }
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kuku Coach',
        version: '0.1.0',
        description: 'Real-time voice coaching. The socket: /asyncapi.json',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  await app.register(websocket, {
    options: SOCKET_OPTIONS,
    errorHandler: (error, ws, request) => socketFailed(error, ws, request.log),
    // Sockets are closed by the drain, with 1012; what is left when the app closes is cut.
    preClose(done) {
      for (const client of this.websocketServer.clients) client.terminate();
      done();
    },
  });
  app.addHook('preValidation', (request, reply) => guardUpgrade(request, reply, parts.allowedOrigins));

  sessionRoutes(app, parts);
  await app.register((scope) => messageRoutes(scope, parts));
  audioRoutes(app, parts);
  serviceRoutes(app, parts);
  app.register(async (scope) => socketRoutes(scope, parts));
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/asyncapi.json', { schema: { hide: true } }, async () => asyncapi);
  return app;
}

/** No body is no wish: what has defaults gets them, and clients that call everything JSON may send nothing. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null);
    else parse(request, String(body), done);
  });
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.schema?.body !== undefined) request.body ??= {};
  });
}

/** What is no HTTP at all. Said here, since Fastify's own answer logs the bytes, tokens and all (FAULTS row 28). */
function brokenRequest(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  this.log.debug({ code: error.code }, 'not a request');
  if (socket.writable) socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  socket.destroy();
}
