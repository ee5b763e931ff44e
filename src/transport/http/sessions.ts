import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import {
  createSessionRequest,
  createSessionResponse,
  feedbackRequest,
  type Item,
  id,
  itemList,
  itemsQuery,
  problem,
  session,
} from '../../../protocol/index.ts';
import type { ItemRecord } from '../../store/types.ts';
import type { TransportParts } from '../context.ts';
import { newSession, secretFor } from '../new-session.ts';
import { audioUrl } from './audio.ts';
import { mayUse } from './guard.ts';

const byId = z.object({ id });
const guarded = { 401: problem, 404: problem };
const security = [{ bearer: [] }];

export function sessionRoutes(fastify: FastifyInstance, parts: TransportParts): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  const { registry } = parts;

  app.post(
    '/api/sessions',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Create a session',
        body: createSessionRequest.default({}),
        response: { 201: createSessionResponse, 400: problem },
      },
    },
    async (request, reply) => {
      const created = await newSession(parts, request.body);
      const scheme = request.protocol === 'https' ? 'wss' : 'ws';
      return reply.code(201).send({
        session: created,
        client_secret: await secretFor(parts, created),
        stream_url: `${scheme}://${request.host}/api/sessions/${created.id}/stream`,
      });
    },
  );

  app.get(
    '/api/sessions/:id',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Its state',
        security,
        params: byId,
        response: { 200: session, ...guarded },
      },
    },
    async (request) => {
      await mayUse(request, parts, request.params.id);
      return registry.view(request.params.id);
    },
  );

  app.post(
    '/api/sessions/:id/end',
    {
      schema: {
        tags: ['sessions'],
        summary: 'End it now',
        security,
        params: byId,
        response: { 200: session, ...guarded },
      },
    },
    async (request) => {
      await mayUse(request, parts, request.params.id);
      return registry.end(request.params.id);
    },
  );

  app.get(
    '/api/sessions/:id/items',
    {
      schema: {
        tags: ['sessions'],
        summary: 'The transcript, in order',
        security,
        params: byId,
        querystring: itemsQuery,
        response: { 200: itemList, ...guarded },
      },
    },
    async (request) => {
      const { id: sessionId } = request.params;
      await mayUse(request, parts, sessionId);
      const { after, limit } = request.query;
      const page = await registry.items(sessionId, { limit, ...(after === undefined ? {} : { after }) });
      return { data: page.items.map((item) => itemView(parts, sessionId, item)), has_more: page.has_more };
    },
  );

  app.delete(
    '/api/sessions/:id',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Erase it, transcript and audio included',
        security,
        params: byId,
        response: { 204: z.null(), ...guarded },
      },
    },
    async (request, reply) => {
      await mayUse(request, parts, request.params.id);
      await registry.erase(request.params.id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/sessions/:id/feedback',
    {
      schema: {
        tags: ['sessions'],
        summary: 'What the user thought of it',
        security,
        params: byId,
        body: feedbackRequest,
        response: { 204: z.null(), 400: problem, ...guarded },
      },
    },
    async (request, reply) => {
      const { id: sessionId } = request.params;
      await mayUse(request, parts, sessionId);
      await registry.view(sessionId);
      const { rating, comment = null } = request.body;
      await parts.store.putFeedback(sessionId, { rating, comment, created_at: parts.clock.now() });
      return reply.code(204).send(null);
    },
  );
}

function itemView(parts: TransportParts, sessionId: string, item: ItemRecord): Item {
  const { id: itemId, role, text, status } = item;
  const created_at = new Date(item.created_at).toISOString();
  const view: Item = { id: itemId, object: 'item', role, text, status, created_at };
  return role === 'assistant' ? { ...view, audio_url: audioUrl(parts, sessionId, itemId) } : view;
}
