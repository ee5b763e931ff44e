import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './schema.ts';

/**
 * Opens the file, made when missing with its folder, readable by this user alone. WAL, and an fsync at each commit:
 * what was acknowledged survives a power cut, as far as the disk keeps its word. Deleted text is overwritten.
 */
export function openFile(file: string, busyTimeoutMs: number): DatabaseSync {
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  }
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;');
    // After a burst of audio the log gives its space back.
    db.exec('PRAGMA journal_size_limit = 67108864;');
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
