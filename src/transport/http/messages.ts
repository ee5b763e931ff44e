import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { id, messageRequest, messageResponse, problem } from '../../../protocol/index.ts';
import { InvalidInput, KukuError } from '../../errors.ts';
import type { TransportParts } from '../context.ts';
import { audioUrl } from './audio.ts';
import { mayUse } from './guard.ts';

/** Longest upload (PROTOCOL.md section 1), bytes. */
const MAX_UPLOAD_BYTES = 25 * 1024 * 1024;

const description =
  'JSON `{text}`, or `multipart/form-data` with one file `audio` (wav, mp3, m4a, ogg, webm, flac; 25 MB).';

export async function messageRoutes(fastify: FastifyInstance, parts: TransportParts): Promise<void> {
  await fastify.register(multipart, { limits: { fileSize: MAX_UPLOAD_BYTES, files: 1, fields: 4, parts: 6 } });
  const app = fastify.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/sessions/:id/messages',
    {
      schema: {
        tags: ['sessions'],
        summary: 'One full turn',
        description,
        security: [{ bearer: [] }],
        params: z.object({ id }),
        response: { 200: messageResponse, 400: problem, 401: problem, 404: problem, 409: problem, 415: problem },
      },
    },
    async (request) => {
      const { id: sessionId } = request.params;
      await mayUse(request, parts, sessionId);
      const before = await parts.registry.view(sessionId);
      const text = request.isMultipart() ? await transcribed(request, parts, before.language) : typed(request.body);
      const { user, coach, session } = await parts.registry.use(sessionId, (actor) => actor.message(text));
      const { item_id } = coach;
      return { user, coach: { item_id, text: coach.text, audio_url: audioUrl(parts, sessionId, item_id) }, session };
    },
  );
}

function typed(body: unknown): string {
  const parsed = messageRequest.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidInput(issue?.message ?? 'is invalid', issue?.path.join('.') || 'text');
  }
  const text = parsed.data.text.trim();
  if (text === '') throw new InvalidInput('there are no words in it', 'text');
  return text;
}

async function transcribed(request: FastifyRequest, parts: TransportParts, language: string): Promise<string> {
  const file = await request.file().catch(brokenUpload);
  if (file === undefined) throw new InvalidInput('send one file in the field audio', 'audio');
  if (file.fieldname !== 'audio') throw new InvalidInput('the field must be named audio', 'audio');
  const bytes = await file.toBuffer().catch(brokenUpload);
  if (bytes.length === 0) throw new InvalidInput('the file is empty', 'audio');
  const text = await parts.transcribeFile(bytes, language);
  if (text === '') {
    const message = 'no words were heard in the audio';
    throw new KukuError(message, {
      code: 'no_speech',
      status: 422,
      param: 'audio',
      fields: [{ field: 'audio', message }],
    });
  }
  return text;
}

/** The parser's errors that are the sender's fault carry no status. */
function brokenUpload(error: unknown): never {
  if (error instanceof Error && 'statusCode' in error) throw error;
  throw new InvalidInput('the upload is not whole multipart/form-data', 'audio', 'invalid_multipart');
}
