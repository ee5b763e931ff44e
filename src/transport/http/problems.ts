import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Problem } from '../../../protocol/index.ts';
import { type FieldError, KukuError, nameAndPlace } from '../../errors.ts';

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  errors: FieldError[] = [],
  retryable = false,
): FastifyReply {
  const title = TITLES[status] ?? 'Error';
  const body: Problem = { type: 'about:blank', title, status, detail, code, request_id: request.id, errors, retryable };
  // Nothing else can be asked over a connection that was to become a socket.
  if (request.ws) reply.header('connection', 'close');
  // Serialised here: a problem has one shape, whatever the route's answers are.
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(body);
}

/** Every error of every route becomes RFC 9457; what is ours to hide is logged by name and answered without detail. */
export function problemHandlers(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 404, 'not_found', 'there is nothing at this address'),
  );
  app.setErrorHandler((error: FastifyError | KukuError, request, reply) => {
    if (error instanceof KukuError) {
      const { status, code, message, fields, retryable } = error;
      return sendProblem(request, reply, status, code, message, fields, retryable);
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const errors = error.validation.map(({ instancePath, message }) => ({
        field: instancePath.slice(1).replaceAll('/', '.') || String(error.validationContext ?? 'body'),
        message: message ?? 'is invalid',
      }));
      return sendProblem(request, reply, 400, 'invalid_value', 'the request is not as described in /docs', errors);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) {
      const [code, detail] = clientFault(status, error.code, error.message);
      return sendProblem(request, reply, status, code, detail, [], status === 429);
    }
    request.log.error({ ...nameAndPlace(error), code: error.code }, 'request failed');
    return sendProblem(request, reply, 500, 'internal', 'the server failed; the request may be tried again', [], true);
  });
}

/** Fastify's own refusals under codes of ours. */
function clientFault(status: number, code: string | undefined, message: string): [string, string] {
  if (status === 429) return ['rate_limited', 'too many calls from this address; come back in a minute'];
  switch (code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return ['invalid_json', 'the body is not JSON'];
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return ['body_too_large', 'the body is too large'];
    case 'FST_REQ_FILE_TOO_LARGE':
      return ['body_too_large', 'the audio is larger than 25 MB'];
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return ['unsupported_media_type', 'send application/json, or multipart/form-data with audio'];
    default:
      return [code?.startsWith('FST_') === false ? code.toLowerCase() : 'bad_request', message];
  }
}
