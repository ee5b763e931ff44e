import type { DatabaseSync } from 'node:sqlite';
import { KukuError } from '../../errors.ts';

/**
 * What was done to the file, in order. Never change an entry that was released: add one. A new field of a record needs
 * an entry that fills it in (`json_set`), or a default in `records.ts`.
 */
const MIGRATIONS: readonly string[] = [
  // 1: sessions as documents, with the columns that are searched; what hangs on a session goes with it.
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     status TEXT NOT NULL,
     owner TEXT,
     created_at INTEGER NOT NULL,
     deadline INTEGER NOT NULL,
     epoch INTEGER NOT NULL DEFAULT 0,
     record TEXT NOT NULL
   ) STRICT;
   CREATE INDEX sessions_by_deadline ON sessions (deadline, id) WHERE status = 'active';
   CREATE INDEX sessions_by_owner ON sessions (owner, created_at, id) WHERE owner IS NOT NULL;

   CREATE TABLE items (
     session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
     id TEXT NOT NULL,
     position REAL NOT NULL,
     role TEXT NOT NULL,
     status TEXT NOT NULL,
     text TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     PRIMARY KEY (session_id, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX items_by_position ON items (session_id, position, id);

   CREATE TABLE audio (
     age INTEGER PRIMARY KEY AUTOINCREMENT,
     session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
     item_id TEXT NOT NULL,
     rate INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     pcm BLOB NOT NULL,
     UNIQUE (session_id, item_id)
   ) STRICT;
   CREATE INDEX audio_by_age ON audio (session_id, age, bytes);

   CREATE TABLE feedback (
     session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
     rating INTEGER NOT NULL,
     comment TEXT,
     created_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), beats INTEGER NOT NULL) STRICT;
   INSERT INTO heartbeat VALUES (1, 0);`,
];

/** Brings the file to this version, whole or not at all. Another process may be doing the same. */
export function migrate(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT');
    const row = db.prepare('SELECT coalesce(max(version), 0) AS version FROM migrations').get();
    const version = Number(row?.version ?? 0);
    if (version > MIGRATIONS.length) {
      throw new KukuError(
        `the store's file is of version ${version}, this server knows ${MIGRATIONS.length}: start the newer server`,
        { code: 'store_too_new', status: 503 },
      );
    }
    for (const [i, sql] of MIGRATIONS.slice(version).entries()) {
      db.exec(sql);
      db.prepare("INSERT INTO migrations VALUES (?, datetime('now'))").run(version + i + 1);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
