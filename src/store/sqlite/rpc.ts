/** What passes between the store and its thread: plain data, one answer for each request. */
import { KukuError, NotFound, SessionEnded, StaleEpoch } from '../../errors.ts';
import type { Commit, ItemRecord, SessionRecord, SpokenAudio } from '../types.ts';

/** What the thread is started with. */
export interface ThreadData {
  file: string;
  audioCap: number;
  busyTimeoutMs: number;
}

export type Request =
  | { op: 'create'; session: SessionRecord }
  | { op: 'read'; id: string }
  | { op: 'acquire'; id: string }
  | { op: 'commit'; id: string; commit: Commit }
  | { op: 'items'; id: string; after: string | null; limit: number }
  | { op: 'item'; id: string; item_id: string }
  | { op: 'put_audio'; id: string; item_id: string; audio: SpokenAudio }
  | { op: 'get_audio'; id: string; item_id: string }
  | { op: 'put_feedback'; id: string; rating: number; comment: string | null; created_at: number }
  | { op: 'erase'; id: string }
  | { op: 'overdue'; now: number; limit: number }
  | { op: 'ready' }
  | { op: 'close' };

export interface Answers {
  create: undefined;
  read: SessionRecord | null;
  acquire: { session: SessionRecord; epoch: number } | null;
  commit: undefined;
  items: { items: ItemRecord[]; has_more: boolean };
  item: ItemRecord | null;
  put_audio: undefined;
  get_audio: SpokenAudio | null;
  put_feedback: undefined;
  erase: boolean;
  overdue: string[];
  ready: undefined;
  close: undefined;
}

export type Answer = Answers[Request['op']];

export interface Call {
  seq: number;
  request: Request;
}

export interface PlainError {
  code: string;
  message: string;
  status: number;
  retryable: boolean;
}

export type Result = { seq: number; value: Answer } | { seq: number; error: PlainError };

/** SQLite's primary result codes after which the same call may work: busy, locked, no memory, I/O, disk full. */
const PASSING = new Set([5, 6, 7, 10, 13]);
/** Corrupt, not a database. */
const DAMAGED = new Set([11, 26]);

export function toPlain(error: unknown): PlainError {
  if (error instanceof KukuError) {
    return { code: error.code, message: error.message, status: error.status, retryable: error.retryable };
  }
  const message = error instanceof Error ? error.message : 'unknown failure';
  const result = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
  return {
    code: DAMAGED.has(result) ? 'store_damaged' : 'store_failed',
    message: `sqlite: ${message}`,
    status: 503,
    retryable: PASSING.has(result),
  };
}

/** The typed error again, so that `instanceof` works on this side. */
export function fromPlain({ code, message, status, retryable }: PlainError): KukuError {
  if (code === 'stale_epoch') return new StaleEpoch();
  if (code === 'session_ended') return new SessionEnded();
  if (code.endsWith('_not_found')) return new NotFound(code.slice(0, -'_not_found'.length));
  return new KukuError(message, { code, status, retryable });
}
