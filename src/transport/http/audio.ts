import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { id } from '../../../protocol/index.ts';
import { wavHeader } from '../../audio/wav.ts';
import { NotFound } from '../../errors.ts';
import type { SpokenAudio } from '../../store/types.ts';
import type { TransportParts } from '../context.ts';
import { mayUse } from './guard.ts';
import { sendProblem } from './problems.ts';

/** An `audio_url` is good this long without a token (PROTOCOL.md section 1), ms. */
const SIGNATURE_MS = 10 * 60 * 1000;

/** The signed address of an item's spoken audio. */
export function audioUrl(parts: TransportParts, sessionId: string, itemId: string): string {
  const expires = parts.clock.now() + SIGNATURE_MS;
  const signature = parts.tokens.audioSignature(sessionId, itemId, expires);
  return `/api/sessions/${sessionId}/audio/${itemId}?expires=${expires}&signature=${signature}`;
}

export function audioRoutes(fastify: FastifyInstance, parts: TransportParts): void {
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  /** Synthesis under way, so that two calls for an item cost one. */
  const making = new Map<string, Promise<SpokenAudio>>();

  app.get(
    '/api/sessions/:id/audio/:item_id',
    {
      schema: {
        tags: ['sessions'],
        summary: 'The spoken reply',
        description: 'WAV; range requests. `audio_url` carries a signature and needs no token for 10 minutes.',
        params: z.object({ id, item_id: id }),
        querystring: z.object({
          expires: z.coerce.number().int().optional(),
          signature: z.string().max(128).optional(),
        }),
      },
    },
    async (request, reply) => {
      const { id: sessionId, item_id } = request.params;
      const { expires, signature } = request.query;
      const signed =
        expires !== undefined &&
        signature !== undefined &&
        parts.tokens.checkAudioSignature(sessionId, item_id, expires, signature);
      if (!signed) await mayUse(request, parts, sessionId);
      const key = `${sessionId}/${item_id}`;
      const made = making.get(key) ?? spoken(parts, sessionId, item_id).finally(() => making.delete(key));
      making.set(key, made);
      return sendWav(request, reply, await made);
    },
  );
}

/** From the store, or spoken now and kept: the audio is a cache of what the transcript says. */
async function spoken(parts: TransportParts, sessionId: string, itemId: string): Promise<SpokenAudio> {
  const kept = await parts.store.getAudio(sessionId, itemId);
  if (kept !== null) return kept;
  const item = await parts.store.item(sessionId, itemId);
  if (item === null || item.role !== 'assistant') throw new NotFound('item');
  const { voice, language } = await parts.registry.view(sessionId);
  const audio = await parts.speak(item.text, voice, language);
  await parts.store.putAudio(sessionId, itemId, audio);
  return audio;
}

function sendWav(request: FastifyRequest, reply: FastifyReply, audio: SpokenAudio): FastifyReply {
  const header = wavHeader(audio.rate, audio.pcm.byteLength);
  const bytes = Buffer.concat([header, audio.pcm]);
  reply.header('accept-ranges', 'bytes').header('cache-control', 'private, no-store').type('audio/wav');
  const wanted = parseRange(request.headers.range, bytes.length);
  if (wanted === null) return reply.send(bytes);
  if (wanted === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes.length}`);
    return sendProblem(request, reply, 416, 'range_not_satisfiable', 'the audio is shorter than that');
  }
  const { from, to } = wanted;
  reply.code(206).header('content-range', `bytes ${from}-${to}/${bytes.length}`);
  return reply.send(bytes.subarray(from, to + 1));
}

/** One range of RFC 9110; several at once, or another unit, are answered with the whole. */
export function parseRange(
  range: string | undefined,
  length: number,
): { from: number; to: number } | null | 'unsatisfiable' {
  const match = range === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(range);
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const to = first === '' || last === '' ? length - 1 : Math.min(Number(last), length - 1);
  return from > to || from >= length ? 'unsatisfiable' : { from, to };
}
