import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { KukuError } from '../../src/errors.ts';
import { openSqliteStore } from '../../src/store/sqlite/index.ts';
import { commitOf, itemRecord, sessionRecord } from '../contract/records.ts';

const fileOf = (t: Test) => join(t.testdir(), 'kuku.db');

/** Does something to the file behind the store's back. */
function tamper(file: string, sql: string): void {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec(sql);
  db.close();
}

t.test('a damaged row is a typed error of that session alone, and says no word of it', async (t) => {
  const file = fileOf(t);
  const store = await openSqliteStore({ file });
  t.teardown(() => store.close());
  for (const id of ['good', 'cut', 'wrong', 'item']) await store.create(sessionRecord(id, { goal: 'secret goal' }));
  const epoch = (await store.acquire('item'))?.epoch ?? -1;
  await store.commit('item', commitOf(epoch, sessionRecord('item'), [itemRecord('a', 1), itemRecord('b', 2)]));
  tamper(
    file,
    `UPDATE sessions SET record = substr(record, 1, 60) WHERE id = 'cut';
     UPDATE sessions SET record = json_set(record, '$.phase', 'secret phase') WHERE id = 'wrong';
     UPDATE items SET role = 'secret role' WHERE id = 'b';`,
  );
  for (const call of [
    () => store.read('cut'),
    () => store.acquire('cut'),
    () => store.read('wrong'),
    () => store.acquire('wrong'),
    () => store.items('item', { limit: 5 }),
    () => store.item('item', 'b'),
  ]) {
    const error = await call().then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof KukuError)) throw new Error('not a typed error');
    t.match(error, { code: 'record_damaged', retryable: false, status: 500 });
    t.notMatch(error.message, /secret/);
  }
  t.equal((await store.read('good'))?.goal, 'secret goal');
  t.equal((await store.acquire('good'))?.epoch, 1);
  t.same(await store.item('item', 'a'), itemRecord('a', 1));
  t.equal(await store.erase('cut'), true, 'it can still be erased');
});

t.test('a record that could not be read back is refused when it is written', async (t) => {
  const store = await openSqliteStore({ file: ':memory:' });
  t.teardown(() => store.close());
  const bad = store.create(sessionRecord('s1', { created_at: Number.NaN }));
  await t.rejects(bad, { code: 'invalid_record', message: /created_at/ });
  await store.create(sessionRecord('s1'));
  const nan = commitOf(1, sessionRecord('s1', { user_turns: 1 }), [itemRecord('a', 1), itemRecord('b', Number.NaN)]);
  await t.rejects(store.commit('s1', nan), { code: 'invalid_record', message: /position/ });
  t.equal((await store.read('s1'))?.user_turns, 0, 'and nothing of it is applied');
  t.equal(await store.item('s1', 'a'), null);
  const later = { ...sessionRecord('s2'), a_field_of_tomorrow: 1 };
  await t.rejects(store.create(later), { code: 'invalid_record' }, 'a field that the schema would lose');
});

t.test('audio beyond the cap: the oldest goes first', async (t) => {
  const store = await openSqliteStore({ file: ':memory:', audio_cap_bytes: 1000 });
  t.teardown(() => store.close());
  await store.create(sessionRecord('s1'));
  await store.create(sessionRecord('s2'));
  const put = (session: string, item: string, bytes: number) =>
    store.putAudio(session, item, { rate: 16000, pcm: new Uint8Array(bytes) });
  const kept = async () => {
    const found = await Promise.all(['a', 'b', 'c', 'd', 'big'].map((item) => store.getAudio('s1', item)));
    return found.map((audio) => audio?.pcm.byteLength ?? null);
  };
  await put('s2', 'a', 900);
  await put('s1', 'a', 400);
  await put('s1', 'b', 400);
  await put('s1', 'c', 200);
  t.same(await kept(), [400, 400, 200, null, null], 'just full');
  await put('s1', 'a', 400);
  await put('s1', 'd', 100);
  t.same(await kept(), [400, null, 200, 100, null], 'a was written again: b is the oldest now');
  await put('s1', 'big', 1001);
  t.same(await kept(), [400, null, 200, 100, null], 'one that is too big alone costs the others nothing');
  t.ok(await store.getAudio('s2', 'a'));
});

t.test('what is erased is not left in the file', async (t) => {
  const file = fileOf(t);
  const store = await openSqliteStore({ file });
  await store.create(sessionRecord('s1', { goal: 'needle-goal' }));
  const epoch = (await store.acquire('s1'))?.epoch ?? -1;
  await store.commit('s1', commitOf(epoch, sessionRecord('s1'), [itemRecord('a', 1, { text: 'needle-text' })]));
  await store.putAudio('s1', 'a', { rate: 16000, pcm: Buffer.from('needle-audio'.repeat(1000)) });
  t.match(bytesOf(t), /needle-text/);
  await store.erase('s1');
  await store.close();
  t.notMatch(bytesOf(t), /needle/);
});

function bytesOf(t: Test): string {
  const folder = t.testdirName;
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n');
}

t.test('the folder and the file are made, for this user alone', async (t) => {
  const file = join(t.testdir(), 'a', 'b', 'kuku.db');
  const store = await openSqliteStore({ file });
  t.teardown(() => store.close());
  await store.create(sessionRecord('s1'));
  t.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
  for (const name of readdirSync(join(file, '..'))) {
    t.equal(statSync(join(file, '..', name)).mode & 0o777, 0o600, name);
  }
});

t.test('files that cannot be opened', async (t) => {
  const folder = t.testdir({ 'text.db': 'this is no database'.repeat(100), plain: 'a file' });
  await t.rejects(openSqliteStore({ file: join(folder, 'text.db') }), { code: 'store_damaged', retryable: false });
  await t.rejects(openSqliteStore({ file: join(folder, 'plain', 'kuku.db') }), { code: 'store_failed', status: 503 });
  const newer = join(folder, 'newer.db');
  await (await openSqliteStore({ file: newer })).close();
  tamper(newer, "INSERT INTO migrations VALUES (999, 'tomorrow')");
  await t.rejects(openSqliteStore({ file: newer }), { code: 'store_too_new', message: /999/ });
});

t.test('two stores on one file, opened and written at the same moment', async (t) => {
  const file = fileOf(t);
  const [a, b] = await Promise.all([openSqliteStore({ file }), openSqliteStore({ file })]);
  t.teardown(() => Promise.all([a.close(), b.close()]));
  await a.create(sessionRecord('s1'));
  await t.rejects(b.create(sessionRecord('s1')), { code: 'session_exists' });
  const first = (await a.acquire('s1'))?.epoch ?? -1;
  const second = (await b.acquire('s1'))?.epoch ?? -1;
  await t.rejects(a.commit('s1', commitOf(first, sessionRecord('s1'))), { code: 'stale_epoch' });
  await b.commit('s1', commitOf(second, sessionRecord('s1', { user_turns: 3 })));
  t.equal((await a.read('s1'))?.user_turns, 3);
  const ids = Array.from({ length: 60 }, (_, i) => `many${i}`);
  await Promise.all(ids.map((id, i) => (i % 2 ? a : b).create(sessionRecord(id))));
  for (const id of ids) t.ok(await a.read(id));
});

t.test('a file that another process keeps locked: retryable, and well again after it', async (t) => {
  const file = fileOf(t);
  const store = await openSqliteStore({ file, busy_timeout_ms: 20 });
  t.teardown(() => store.close());
  await store.create(sessionRecord('s1'));
  const other = new DatabaseSync(file, { timeout: 0 });
  t.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await t.rejects(store.ready(), { code: 'store_failed', retryable: true, status: 503 });
  t.ok(await store.read('s1'), 'reading goes on');
  other.exec('ROLLBACK');
  await store.ready();
});

t.test('a thread that dies: calls in flight fail as retryable, the next one starts it anew', async (t) => {
  const file = fileOf(t);
  const store = await openSqliteStore({ file, heap_mb: 24 });
  t.teardown(() => store.close());
  await store.create(sessionRecord('s1'));
  const epoch = (await store.acquire('s1'))?.epoch ?? -1;
  // More text than its heap holds.
  const huge = Array.from({ length: 60 }, (_, i) => itemRecord(`i${i}`, i, { text: `${i}`.repeat(1_000_000) }));
  const inFlight = await Promise.allSettled([
    store.commit('s1', commitOf(epoch, sessionRecord('s1', { user_turns: 9 }), huge)),
    store.read('s1'),
  ]);
  for (const call of inFlight) {
    t.match(call, { status: 'rejected', reason: { code: 'store_failed', retryable: true, status: 503 } });
  }
  t.equal((await store.read('s1'))?.user_turns, 0);
  await store.commit('s1', commitOf(epoch, sessionRecord('s1', { user_turns: 1 }), [itemRecord('a', 1)]));
  t.same(await store.item('s1', 'a'), itemRecord('a', 1));
});

t.test('an idle store keeps no process alive; calls in flight do', async (t) => {
  const folder = t.testdir();
  const script = join(folder, 'leave.mts');
  const index = new URL('../../src/store/sqlite/index.ts', import.meta.url).href;
  const records = new URL('../contract/records.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { openSqliteStore } from '${index}';
     import { sessionRecord } from '${records}';
     const store = await openSqliteStore({ file: ${JSON.stringify(join(folder, 'kuku.db'))} });
     console.log('open');
     store.create(sessionRecord('s1')).then(() => console.log('created'));`,
  );
  const run = promisify(execFile)(process.execPath, [script], { timeout: 20_000, env: {} });
  const { stdout, stderr } = await run;
  t.equal(stdout, 'open\ncreated\n');
  t.equal(stderr, '', 'and nothing is warned of');
  const store = await openSqliteStore({ file: join(folder, 'kuku.db') });
  t.teardown(() => store.close());
  t.ok(await store.read('s1'));
});
