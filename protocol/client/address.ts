import { TOKEN_SUBPROTOCOL_PREFIX } from '../close-codes.ts';

/** String work, not `URL`: React Native's own is incomplete. */
export function streamUrl(baseUrl: string, sessionId: string): string {
  const base = baseUrl.replace(/^http/, 'ws').replace(/\/+$/, '');
  return `${base}/api/sessions/${encodeURIComponent(sessionId)}/stream`;
}

/** `url` of `GET /v1/realtime` made a session: where to attach to it again. Null for other addresses. */
export function streamUrlOfCreated(url: string, sessionId: string): string | null {
  const made = /^(.*)\/v1\/realtime\/?(\?.*)?$/.exec(url);
  return made?.[1] === undefined ? null : streamUrl(made[1], sessionId);
}

export function resumeUrl(url: string, lastEventId: string | null): string {
  if (lastEventId === null) return url;
  return `${url}${url.includes('?') ? '&' : '?'}after=${encodeURIComponent(lastEventId)}`;
}

/** The subprotocols to offer; the token rides along, since browsers cannot set headers. */
export function offered(subprotocols: readonly string[], token: string | undefined): string[] {
  return token === undefined ? [...subprotocols] : [...subprotocols, TOKEN_SUBPROTOCOL_PREFIX + token];
}
