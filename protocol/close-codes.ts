/** Close codes of the socket and the subprotocols it knows. */
export const CloseCode = {
  /** The session ended, or the client hung up. */
  NORMAL: 1000,
  /** No right, or a limit was passed. */
  POLICY: 1008,
  MESSAGE_TOO_BIG: 1009,
  /** Our fault. */
  INTERNAL: 1011,
  /** This instance drains: come back now. */
  DRAINING: 1012,
  /** Come back later. */
  OVERLOADED: 1013,
  BROKEN_PROTOCOL: 4400,
  NO_SUCH_SESSION: 4404,
  SILENT: 4408,
  /** A newer connection has the session. */
  REPLACED: 4409,
  SESSION_ENDED: 4410,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** For people and for documentation. */
export const CLOSE_CODE_MEANINGS: Readonly<Record<CloseCode, string>> = {
  1000: 'the session ended',
  1008: 'no right, or a limit',
  1009: 'message too big',
  1011: 'our fault',
  1012: 'draining, come back now',
  1013: 'overloaded, come back later',
  4400: 'broken protocol',
  4404: 'no such session',
  4408: 'silent too long',
  4409: 'replaced by a newer connection',
  4410: 'session already ended',
};

/**
 * Whether to connect again after a close with `code`: not after 1000 (it ended), 1008 and 4xxx (rules of the protocol),
 * nor 1009 (the same message would be too big again). Everything else, 1006 (the network) included, may pass.
 */
export function mayRetry(code: number): boolean {
  if (code === CloseCode.NORMAL || code === CloseCode.POLICY || code === CloseCode.MESSAGE_TOO_BIG) return false;
  return code < 4000 || code > 4999;
}

export const KUKU_SUBPROTOCOL = 'kuku.v1';
export const REALTIME_SUBPROTOCOL = 'realtime';
/** A subprotocol of this prefix carries the token, for clients that cannot set headers. Never echoed back. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'openai-insecure-api-key.';
