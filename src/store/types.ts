/**
 * The seam to session state. Two fillings, one contract suite (`test/contract/store.ts`). Times are milliseconds since
 * the epoch. A call that rejects with a retryable error may or may not have been applied: all writes are idempotent,
 * so doing them again is safe.
 */

export type Phase = 'coaching' | 'confirming' | 'closing' | 'ended';
export type EndReason = 'user_confirmed' | 'forced' | 'time_limit' | 'message_limit' | 'idle' | 'error';

export interface WrapUpRecord {
  /** Who asked to end: the user (in words or by the button), or a limit. Null before anybody did. */
  requested_by: 'user' | 'client' | 'time_limit' | 'message_limit' | null;
  /** Confirmation questions asked in the whole session. */
  prompts: number;
  /** When the last offer was declined. */
  declined_at: number | null;
  /** Confirmation questions asked in a row, without an answer that settled it (W4, W12). */
  in_a_row: number;
  /** User turns since the last decline, for W3; null when nothing was declined. */
  turns_since_decline: number | null;
  /** The limits for which the offer at 80 % was made (W8), each at most once. */
  limits_offered: ('time_limit' | 'message_limit')[];
}

export interface SummaryRecord {
  text: string;
  takeaways: string[];
  action_items: { title: string; due?: string }[];
}

/** Everything of a session but its transcript. Stored whole at each commit: it is small and bounded. */
export interface SessionRecord {
  id: string;
  /** User id, or null for an anonymous session. */
  owner: string | null;
  status: 'active' | 'ended';
  phase: Phase;
  model: string;
  voice: string;
  language: string;
  goal: string | null;
  /** The coach speaks first, and has not yet. */
  greeting_due: boolean;
  created_at: number;
  ended_at: number | null;
  end_reason: EndReason | null;
  max_duration_seconds: number;
  max_messages: number;
  /** Stored user and coach items. */
  message_count: number;
  user_turns: number;
  /** User turns for which the safety reply still stays in force (W10); 0 when none. */
  safety_turns: number;
  wrap_up: WrapUpRecord;
  summary: SummaryRecord | null;
  /** A user turn is stored that no reply answered yet (the server died, or the client was gone). */
  reply_due: boolean;
}

export interface ItemRecord {
  id: string;
  role: 'user' | 'assistant';
  /** User: what was said or typed. Assistant: what was heard. */
  text: string;
  status: 'completed' | 'incomplete';
  /** Place in the transcript; grows, gaps allowed. */
  position: number;
  created_at: number;
}

/** One atomic write: all of it or nothing. Applying the same commit twice leaves the same state. */
export interface Commit {
  /** From `acquire`. A lower one than the stored one is refused with StaleEpoch. */
  epoch: number;
  session: SessionRecord;
  /** Items written whole, by id; an existing one is replaced. */
  put: ItemRecord[];
  remove: string[];
}

export interface SpokenAudio {
  /** Samples a second of `pcm`. */
  rate: number;
  /** 16-bit signed little-endian mono. */
  pcm: Uint8Array;
}

export interface SessionStore {
  readonly name: string;
  /** Rejects with code `session_exists` when the id is taken. */
  create(session: SessionRecord): Promise<void>;
  /** Null when there is no such session. */
  read(id: string): Promise<SessionRecord | null>;
  /**
   * Takes ownership: raises the epoch (1 the first time), so that whoever had the session can write no more. Event ids
   * are drawn from the epoch, see Outbox.
   */
  acquire(id: string): Promise<{ session: SessionRecord; epoch: number } | null>;
  commit(id: string, commit: Commit): Promise<void>;
  /** In order of position. `after`: an item id; unknown ones give `item_not_found`. */
  items(id: string, page: { after?: string; limit: number }): Promise<{ items: ItemRecord[]; has_more: boolean }>;
  item(id: string, itemId: string): Promise<ItemRecord | null>;
  /** Spoken audio of an item, a cache beside the transcript; erased with the session. No-op for unknown sessions. */
  putAudio(id: string, itemId: string, audio: SpokenAudio): Promise<void>;
  getAudio(id: string, itemId: string): Promise<SpokenAudio | null>;
  putFeedback(id: string, feedback: { rating: number; comment: string | null; created_at: number }): Promise<void>;
  /** Erases all of it. False when there was nothing. */
  erase(id: string): Promise<boolean>;
  /** Active sessions whose time limit passed before `now`, at most `limit`, oldest first. */
  overdue(now: number, limit: number): Promise<string[]>;
  /** Resolves when reads and writes work; rejects with the reason, fit for `/readyz`. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
