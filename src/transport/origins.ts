import type { FastifyRequest } from 'fastify';

/** Browsers name their page's origin: it must be the server's own or a listed one. Native apps name none. */
export function originAllowed(request: FastifyRequest, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
