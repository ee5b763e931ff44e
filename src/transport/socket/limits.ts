import type { WebSocket } from 'ws';
import { CloseCode } from '../../../protocol/index.ts';

/** A message as large as any client has reason to send: 4 s of 48 kHz PCM in base64, bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** A message of more pieces than this is an attack on the allocator (FAULTS row 10). */
export const MAX_FRAGMENTS = 1024;

/** 48 kHz PCM in base64 is 128 kB/s; a client that reconnects sends its backlog at once. */
export const BYTES_PER_SECOND = 512 * 1024;
export const BYTES_BURST = 8 * 1024 * 1024;
/** Audio is 50 frames a second. */
export const MESSAGES_PER_SECOND = 200;
export const MESSAGES_BURST = 4_000;

/** ws closes with 1008 for too many fragments; to clients that is a message too big. Our own 1008 has a reason. */
export function sayTooBig(ws: WebSocket): void {
  const close = ws.close.bind(ws);
  ws.close = (code, reason) =>
    close(code === CloseCode.POLICY && reason === undefined ? CloseCode.MESSAGE_TOO_BIG : code, reason);
}
