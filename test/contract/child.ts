import { writeSync } from 'node:fs';
import type { SessionStore } from '../../src/store/types.ts';
import { commitOf, itemRecord, sessionRecord } from './records.ts';

/** The session that a child process writes into. */
export const CHILD_SESSION = 'sess_child';

/** Commits one item after the other for as long as it lives, and says so on stdout after each acknowledgement. */
export async function commitForever(store: SessionStore): Promise<never> {
  if ((await store.read(CHILD_SESSION)) === null) await store.create(sessionRecord(CHILD_SESSION));
  const owned = await store.acquire(CHILD_SESSION);
  if (owned === null) throw new Error('the session just made is not there');
  for (let n = owned.session.message_count + 1; ; n++) {
    const session = sessionRecord(CHILD_SESSION, { message_count: n });
    await store.commit(CHILD_SESSION, commitOf(owned.epoch, session, [itemRecord(`item_${n}`, n)]));
    writeSync(1, `${n}\n`);
  }
}
