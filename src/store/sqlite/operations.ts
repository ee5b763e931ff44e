import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { InvalidInput, KukuError, NotFound, SessionEnded, StaleEpoch } from '../../errors.ts';
import type { Commit, ItemRecord, SessionRecord, SpokenAudio } from '../types.ts';
import { checkAudio, checkItem, decodeAudio, decodeItem, decodeRow, decodeSession, encodeSession } from './records.ts';
import type { Answer, Request } from './rpc.ts';

/** Spoken audio kept for one session, bytes: some 23 minutes at 24 kHz. Beyond it the oldest is dropped. */
export const AUDIO_CAP_BYTES = 64 * 1024 * 1024;

const deadline = (session: SessionRecord) => Math.round(session.created_at + session.max_duration_seconds * 1_000);

/** The store's calls on an open file, each one synchronous. The caller gives every one a transaction or savepoint. */
export class Operations {
  readonly #db: DatabaseSync;
  readonly #audioCap: number;
  /** Each SQL text is compiled once. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, audioCap: number = AUDIO_CAP_BYTES) {
    this.#db = db;
    this.#audioCap = audioCap;
  }

  run(request: Request): Answer {
    switch (request.op) {
      case 'create':
        return this.#create(request.session);
      case 'read':
        return this.#read(request.id);
      case 'acquire':
        return this.#acquire(request.id);
      case 'commit':
        return this.#commit(request.id, request.commit);
      case 'items':
        return this.#items(request.id, request.after, request.limit);
      case 'item':
        return this.#item(request.id, request.item_id);
      case 'put_audio':
        return this.#putAudio(request.id, request.item_id, request.audio);
      case 'get_audio':
        return this.#getAudio(request.id, request.item_id);
      case 'put_feedback':
        return this.#putFeedback(request.id, request.rating, request.comment, request.created_at);
      case 'erase':
        return this.#sql('DELETE FROM sessions WHERE id = ?').run(request.id).changes !== 0;
      case 'overdue':
        return this.#overdue(request.now, request.limit);
      case 'ready':
        this.#sql('UPDATE heartbeat SET beats = beats + 1').run();
        return undefined;
      case 'close':
        return undefined;
    }
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #create(session: SessionRecord): undefined {
    const record = encodeSession(session);
    const { id, status, owner, created_at } = session;
    const { changes } = this.#sql(
      `INSERT INTO sessions (id, status, owner, created_at, deadline, record) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    ).run(id, status, owner, created_at, deadline(session), record);
    if (changes === 0) throw new KukuError('the session exists already', { code: 'session_exists', status: 409 });
  }

  #read(id: string): SessionRecord | null {
    const row = this.#sql('SELECT record FROM sessions WHERE id = ?').get(id);
    return row === undefined ? null : decodeSession(row.record);
  }

  #acquire(id: string): { session: SessionRecord; epoch: number } | null {
    const row = this.#sql('UPDATE sessions SET epoch = epoch + 1 WHERE id = ? RETURNING epoch, status, record').get(id);
    if (row === undefined) return null;
    const { epoch, record } = decodeRow(row);
    return { session: decodeSession(record), epoch };
  }

  #commit(id: string, commit: Commit): undefined {
    const { session, epoch } = commit;
    if (session.id !== id) throw new InvalidInput('a commit cannot rename its session', 'session.id');
    const row = this.#sql('SELECT epoch, status, record FROM sessions WHERE id = ?').get(id);
    if (row === undefined) throw new NotFound();
    const stored = decodeRow(row);
    if (epoch < stored.epoch) throw new StaleEpoch();
    const record = encodeSession(session);
    if (stored.status === 'ended') {
      // W11; but whoever got no answer to the ending commit may send it again.
      if (this.#isApplied(id, commit, record, stored.record)) return;
      throw new SessionEnded();
    }
    this.#sql('UPDATE sessions SET status = ?, owner = ?, deadline = ?, epoch = ?, record = ? WHERE id = ?').run(
      session.status,
      session.owner,
      deadline(session),
      epoch,
      record,
      id,
    );
    const remove = this.#sql('DELETE FROM items WHERE session_id = ? AND id = ?');
    const forget = this.#sql('DELETE FROM audio WHERE session_id = ? AND item_id = ?');
    for (const itemId of commit.remove) {
      remove.run(id, itemId);
      forget.run(id, itemId);
    }
    const put = this.#sql(
      `INSERT INTO items (session_id, id, position, role, status, text, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id, id) DO UPDATE SET position = excluded.position, role = excluded.role,
         status = excluded.status, text = excluded.text, created_at = excluded.created_at`,
    );
    for (const item of commit.put) {
      const { id: itemId, position, role, status, text, created_at } = checkItem(item);
      put.run(id, itemId, position, role, status, text, created_at);
    }
  }

  /** Nothing would change if this commit were applied (again). */
  #isApplied(id: string, { put, remove }: Commit, record: string, stored: string): boolean {
    const kept = new Set(put.map((item) => item.id));
    return (
      isDeepStrictEqual(JSON.parse(record), decodeSession(stored)) &&
      put.every((item) => isDeepStrictEqual(checkItem(item), this.#item(id, item.id))) &&
      remove.every((itemId) => kept.has(itemId) || this.#item(id, itemId) === null)
    );
  }

  #items(id: string, after: string | null, limit: number): { items: ItemRecord[]; has_more: boolean } {
    let from: { position: number; id: string } = { position: Number.NEGATIVE_INFINITY, id: '' };
    if (after !== null) {
      const item = this.#item(id, after);
      if (item === null) throw new NotFound('item');
      from = item;
    }
    const rows = this.#sql(
      `SELECT id, role, text, status, position, created_at FROM items
       WHERE session_id = ? AND (position, id) > (?, ?) ORDER BY position, id LIMIT ?`,
    ).all(id, from.position, from.id, limit + 1);
    return { items: rows.slice(0, limit).map(decodeItem), has_more: rows.length > limit };
  }

  #item(id: string, itemId: string): ItemRecord | null {
    const row = this.#sql(
      'SELECT id, role, text, status, position, created_at FROM items WHERE session_id = ? AND id = ?',
    ).get(id, itemId);
    return row === undefined ? null : decodeItem(row);
  }

  #putAudio(id: string, itemId: string, audio: SpokenAudio): undefined {
    const { rate, pcm } = checkAudio(audio);
    if (this.#sql('SELECT 1 FROM sessions WHERE id = ?').get(id) === undefined) return;
    this.#sql('DELETE FROM audio WHERE session_id = ? AND item_id = ?').run(id, itemId);
    // More than the cap by itself: keeping it would cost all the others.
    if (pcm.byteLength > this.#audioCap) return;
    this.#sql('INSERT INTO audio (session_id, item_id, rate, bytes, pcm) VALUES (?, ?, ?, ?, ?)').run(
      id,
      itemId,
      rate,
      pcm.byteLength,
      pcm,
    );
    this.#sql(
      `DELETE FROM audio WHERE age IN (
         SELECT age FROM (
           SELECT age, sum(bytes) OVER (ORDER BY age DESC) AS kept FROM audio WHERE session_id = ?
         ) WHERE kept > ?)`,
    ).run(id, this.#audioCap);
  }

  #getAudio(id: string, itemId: string): SpokenAudio | null {
    const row = this.#sql('SELECT rate, pcm FROM audio WHERE session_id = ? AND item_id = ?').get(id, itemId);
    return row === undefined ? null : decodeAudio(row);
  }

  #putFeedback(id: string, rating: number, comment: string | null, created_at: number): undefined {
    if (this.#sql('SELECT 1 FROM sessions WHERE id = ?').get(id) === undefined) throw new NotFound();
    this.#sql(
      `INSERT INTO feedback (session_id, rating, comment, created_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET rating = excluded.rating, comment = excluded.comment,
         created_at = excluded.created_at`,
    ).run(id, rating, comment, created_at);
  }

  #overdue(now: number, limit: number): string[] {
    return this.#sql("SELECT id FROM sessions WHERE status = 'active' AND deadline < ? ORDER BY deadline, id LIMIT ?")
      .all(now, limit)
      .map((row) => String(row.id));
  }
}
