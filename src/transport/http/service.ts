import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { clientSecretsRequest, clientSecretsResponse, modelList, problem } from '../../../protocol/index.ts';
import type { TransportParts } from '../context.ts';

/** OpenAI's default for `expires_after`, seconds. */
const SECRET_SECONDS = 600;

const ready = z.object({ status: z.enum(['ready', 'not_ready']), problems: z.record(z.string(), z.string()) });

/** Operations, and the calls that belong to no session. */
export function serviceRoutes(fastify: FastifyInstance, parts: TransportParts): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/healthz',
    {
      config: { rateLimit: false },
      schema: {
        tags: ['operations'],
        summary: 'The process lives',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { rateLimit: false },
      schema: { tags: ['operations'], summary: 'It can serve; else why not', response: { 200: ready, 503: ready } },
    },
    async (_request, reply) => {
      const problems = await parts.problems();
      if (Object.keys(problems).length === 0) return { status: 'ready' as const, problems };
      return reply.code(503).send({ status: 'not_ready' as const, problems });
    },
  );

  app.get(
    '/api/models',
    { schema: { tags: ['models'], summary: 'The model catalogue', response: { 200: modelList } } },
    async () => ({ data: parts.models.list() }),
  );

  app.post(
    '/v1/realtime/client_secrets',
    {
      schema: {
        tags: ['realtime'],
        summary: "A short-lived secret for a browser or phone, as OpenAI's call of that name",
        body: clientSecretsRequest.default({}),
        response: { 200: clientSecretsResponse, 400: problem },
      },
    },
    async (request) => {
      const seconds = request.body.expires_after?.seconds ?? SECRET_SECONDS;
      const expires = parts.clock.now() + seconds * 1000;
      const value = await parts.tokens.clientSecret({ expiresAtMs: expires, jti: randomUUID() });
      return {
        value,
        expires_at: Math.floor(expires / 1000),
        session: {
          type: 'realtime' as const,
          object: 'realtime.session' as const,
          model: parts.models.default,
          output_modalities: ['audio' as const],
        },
      };
    },
  );
}
