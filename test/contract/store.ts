import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { SessionEnded, StaleEpoch } from '../../src/errors.ts';
import type { SessionStore } from '../../src/store/types.ts';
import { CHILD_SESSION } from './child.ts';
import { commitOf, endedRecord, itemRecord, sessionRecord } from './records.ts';

/** How the suite gets at a store; made anew for each test. */
export interface StoreUnderTest {
  /** A store over the state of this test, empty at first; called again, another one over the same state. */
  open(): Promise<SessionStore>;
  /** Arguments of a node process that runs `commitForever` over the same state. */
  child: string[];
}

const T0 = sessionRecord('any').created_at;

/** What every store must do. `setup` registers its own teardown on the test it is given. */
export function storeContract(
  t: Test,
  name: string,
  setup: (t: Test) => StoreUnderTest | Promise<StoreUnderTest>,
): void {
  const test = (what: string, run: (t: Test, store: SessionStore, under: StoreUnderTest) => Promise<void>) =>
    t.test(`${name}: ${what}`, async (t) => {
      const under = await setup(t);
      const store = await under.open();
      t.teardown(() => store.close());
      await run(t, store, under);
    });

  test('a session comes back as it was written', async (t, store) => {
    t.equal(await store.read('s1'), null);
    t.equal(await store.acquire('s1'), null);
    const full = endedRecord('s1');
    await store.create(full);
    t.same(await store.read('s1'), full);
    await store.create(sessionRecord('s2', { goal: 'a “goal”\n🎉' }));
    t.same(await store.read('s2'), sessionRecord('s2', { goal: 'a “goal”\n🎉' }));
    t.same((await store.acquire('s1'))?.session, full);
  });

  test('an id that is taken', async (t, store) => {
    await store.create(sessionRecord('s1', { goal: 'first' }));
    await t.rejects(store.create(sessionRecord('s1', { goal: 'second' })), { code: 'session_exists' });
    t.equal((await store.read('s1'))?.goal, 'first');
  });

  test('a commit puts, replaces and removes at once', async (t, store) => {
    await store.create(sessionRecord('s1'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    const [a, b] = [itemRecord('a', 1), itemRecord('b', 2)];
    await store.commit('s1', commitOf(epoch, sessionRecord('s1', { message_count: 2 }), [a, b]));
    t.equal((await store.read('s1'))?.message_count, 2);
    t.same(await store.item('s1', 'a'), a);
    t.equal(await store.item('s1', 'c'), null);
    t.equal(await store.item('s2', 'a'), null);
    await store.putAudio('s1', 'a', { rate: 16000, pcm: Uint8Array.of(1, 2) });
    const cut = itemRecord('b', 2, { text: 'text', status: 'incomplete' });
    await store.commit('s1', commitOf(epoch, sessionRecord('s1', { message_count: 1 }), [cut], ['a', 'never there']));
    t.same((await store.items('s1', { limit: 10 })).items, [cut]);
    t.equal(await store.getAudio('s1', 'a'), null, 'the audio goes with its item');
  });

  test('the same commit twice leaves the same state', async (t, store) => {
    await store.create(sessionRecord('s1'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    await store.commit('s1', commitOf(epoch, sessionRecord('s1', { message_count: 1 }), [itemRecord('a', 1)]));
    const twice = commitOf(epoch, sessionRecord('s1', { message_count: 2 }), [itemRecord('b', 2)], ['a']);
    for (let i = 0; i < 2; i++) {
      await store.commit('s1', twice);
      t.same(await store.read('s1'), twice.session);
      t.same((await store.items('s1', { limit: 10 })).items, twice.put);
    }
  });

  test('who lost the session can write no more (epoch)', async (t, store) => {
    await store.create(sessionRecord('s1'));
    const old = (await store.acquire('s1'))?.epoch ?? -1;
    const now = (await store.acquire('s1'))?.epoch ?? -1;
    t.ok(now > old);
    const late = store.commit('s1', commitOf(old, sessionRecord('s1', { message_count: 9 }), [itemRecord('x', 1)]));
    const error = await late.then(
      () => null,
      (reason: unknown) => reason,
    );
    t.ok(error instanceof StaleEpoch, 'typed, also where it crossed a thread or a socket');
    t.equal((await store.read('s1'))?.message_count, 0);
    t.equal(await store.item('s1', 'x'), null);
    await store.commit('s1', commitOf(now, sessionRecord('s1', { message_count: 1 }), [itemRecord('x', 1)]));
    t.equal((await store.read('s1'))?.message_count, 1);
  });

  test('a commit to a session that is not there, or under a wrong name', async (t, store) => {
    await t.rejects(store.commit('s1', commitOf(1, sessionRecord('s1'))), { code: 'session_not_found', status: 404 });
    t.equal(await store.read('s1'), null);
    await store.create(sessionRecord('s1'));
    await t.rejects(store.commit('s1', commitOf(9, sessionRecord('s2'))), { code: 'invalid_value' });
  });

  test('W11: ended is final, but the ending commit may be sent again', async (t, store) => {
    await store.create(sessionRecord('s1'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    await store.commit('s1', commitOf(epoch, sessionRecord('s1'), [itemRecord('a', 1), itemRecord('b', 2)]));
    const last = commitOf(epoch, endedRecord('s1'), [itemRecord('c', 3)], ['a']);
    await store.commit('s1', last);
    await store.commit('s1', last);
    for (const [what, refused] of [
      ['active again', commitOf(epoch, sessionRecord('s1'))],
      ['another reason', commitOf(epoch, endedRecord('s1', { end_reason: 'forced' }), last.put, last.remove)],
      ['one more item', commitOf(epoch, endedRecord('s1'), [...last.put, itemRecord('d', 4)])],
      ['another text', commitOf(epoch, endedRecord('s1'), [itemRecord('c', 3, { text: 'other' })])],
      ['one item less', commitOf(epoch, endedRecord('s1'), [], ['b'])],
    ] as const) {
      const error = await store.commit('s1', refused).then(
        () => null,
        (reason: unknown) => reason,
      );
      t.ok(error instanceof SessionEnded, what);
    }
    t.same(await store.read('s1'), endedRecord('s1'));
    t.same((await store.items('s1', { limit: 9 })).items, [itemRecord('b', 2), itemRecord('c', 3)]);
  });

  test('the transcript comes in pages, in order of position', async (t, store) => {
    await store.create(sessionRecord('s1'));
    await store.create(sessionRecord('s2'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    const other = (await store.acquire('s2'))?.epoch ?? -1;
    const items = [7, 3, 10, 1, 20].map((position) => itemRecord(`i${position}`, position));
    await store.commit('s1', commitOf(epoch, sessionRecord('s1'), items));
    await store.commit('s2', commitOf(other, sessionRecord('s2'), [itemRecord('foreign', 2)]));
    const ids = async (page: { after?: string; limit: number }) => {
      const { items, has_more } = await store.items('s1', page);
      return [...items.map((item) => item.id), has_more];
    };
    t.same(await ids({ limit: 2 }), ['i1', 'i3', true]);
    t.same(await ids({ after: 'i3', limit: 2 }), ['i7', 'i10', true]);
    t.same(await ids({ after: 'i10', limit: 2 }), ['i20', false]);
    t.same(await ids({ after: 'i20', limit: 2 }), [false]);
    t.same(await ids({ limit: 5 }), ['i1', 'i3', 'i7', 'i10', 'i20', false], 'a page that is just full');
    await t.rejects(store.items('s1', { after: 'foreign', limit: 2 }), { code: 'item_not_found' });
    await t.rejects(store.items('s1', { after: 'nope', limit: 2 }), { code: 'item_not_found' });
    t.same(await store.items('nobody', { limit: 2 }), { items: [], has_more: false });
  });

  test('spoken audio comes back to the byte', async (t, store) => {
    await store.create(sessionRecord('s1'));
    t.equal(await store.getAudio('s1', 'a'), null);
    const whole = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const view = whole.subarray(10, 50_010);
    await store.putAudio('s1', 'a', { rate: 24000, pcm: view });
    t.equal(whole.byteLength, 100_000, 'the caller keeps its bytes');
    const back = await store.getAudio('s1', 'a');
    t.equal(back?.rate, 24000);
    t.equal(Buffer.compare(back?.pcm ?? Buffer.of(), view), 0);
    await store.putAudio('s1', 'a', { rate: 16000, pcm: Uint8Array.of(1, 2) });
    t.same(await store.getAudio('s1', 'a'), { rate: 16000, pcm: Uint8Array.of(1, 2) });
    await store.putAudio('s1', 'empty', { rate: 16000, pcm: new Uint8Array(0) });
    t.equal((await store.getAudio('s1', 'empty'))?.pcm.byteLength, 0);
    await store.putAudio('nobody', 'a', { rate: 16000, pcm: view });
    t.equal(await store.getAudio('nobody', 'a'), null);
  });

  test('feedback, also given twice', async (t, store) => {
    await store.create(endedRecord('s1'));
    const feedback = { rating: 5, comment: null, created_at: T0 };
    await store.putFeedback('s1', feedback);
    await store.putFeedback('s1', { ...feedback, comment: 'good' });
    await t.rejects(store.putFeedback('nobody', feedback), { code: 'session_not_found' });
  });

  test('erase leaves nothing', async (t, store) => {
    await store.create(sessionRecord('s1'));
    await store.create(sessionRecord('s2'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    await store.commit('s1', commitOf(epoch, sessionRecord('s1'), [itemRecord('a', 1)]));
    await store.putAudio('s1', 'a', { rate: 16000, pcm: Uint8Array.of(1, 2) });
    await store.putAudio('s2', 'a', { rate: 16000, pcm: Uint8Array.of(3, 4) });
    await store.putFeedback('s1', { rating: 1, comment: 'x', created_at: T0 });
    t.equal(await store.erase('s1'), true);
    t.equal(await store.erase('s1'), false);
    t.equal(await store.read('s1'), null);
    t.equal(await store.item('s1', 'a'), null);
    t.equal(await store.getAudio('s1', 'a'), null);
    await t.rejects(store.commit('s1', commitOf(epoch, sessionRecord('s1'))), { code: 'session_not_found' });
    await store.create(sessionRecord('s1'));
    t.same(await store.items('s1', { limit: 5 }), { items: [], has_more: false }, 'a new one of that name is empty');
    t.ok(await store.getAudio('s2', 'a'), 'others keep theirs');
  });

  test('overdue: active sessions whose time is up, oldest first', async (t, store) => {
    const at = (id: string, seconds: number, over = {}) =>
      store.create(sessionRecord(id, { max_duration_seconds: seconds, ...over }));
    await at('third', 30);
    await at('first', 10);
    await at('second', 20);
    await at('ended', 5, { status: 'ended', phase: 'ended' });
    await at('created earlier', 25, { created_at: T0 - 10_000 });
    t.same(await store.overdue(T0, 10), []);
    t.same(await store.overdue(T0 + 10_000, 10), [], 'not before it has passed');
    t.same(await store.overdue(T0 + 10_001, 10), ['first']);
    t.same(await store.overdue(T0 + 60_000, 10), ['first', 'created earlier', 'second', 'third']);
    t.same(await store.overdue(T0 + 60_000, 2), ['first', 'created earlier']);
    const epoch = (await store.acquire('first'))?.epoch ?? -1;
    await store.commit('first', commitOf(epoch, endedRecord('first')));
    t.same(await store.overdue(T0 + 60_000, 1), ['created earlier'], 'an end takes it off');
  });

  test('many sessions at once, each in its own order', async (t, store) => {
    const ids = Array.from({ length: 40 }, (_, i) => `s${i}`);
    await Promise.all(ids.map((id) => store.create(sessionRecord(id))));
    await Promise.all(
      ids.map(async (id) => {
        const epoch = (await store.acquire(id))?.epoch ?? -1;
        const turns = Array.from({ length: 10 }, (_, i) => i + 1);
        // Not awaited one by one: a store keeps the order in which it was called.
        await Promise.all(
          turns.map((n) =>
            store.commit(id, commitOf(epoch, sessionRecord(id, { message_count: n }), [itemRecord(`i${n}`, n)])),
          ),
        );
        const refused = store.commit(id, commitOf(epoch - 1, sessionRecord(id), [itemRecord('x', 99)]));
        await t.rejects(refused, { code: 'stale_epoch' });
      }),
    );
    for (const id of ids) {
      const { items } = await store.items(id, { limit: 99 });
      t.equal(items.length, 10, 'a refused commit beside it took nothing along');
      t.equal((await store.read(id))?.message_count, 10);
    }
  });

  test('a restart finds everything, and the epoch goes on', async (t, store, under) => {
    await store.create(sessionRecord('s1'));
    const epoch = (await store.acquire('s1'))?.epoch ?? -1;
    // Not awaited: close() answers what was asked before it.
    const committed = store.commit('s1', commitOf(epoch, sessionRecord('s1', { user_turns: 1 }), [itemRecord('a', 1)]));
    const spoken = store.putAudio('s1', 'a', { rate: 16000, pcm: Uint8Array.of(1, 2) });
    await store.close();
    await store.close();
    await Promise.all([committed, spoken]);
    await t.rejects(store.read('s1'), { code: 'store_closed' });
    await t.rejects(store.ready(), { code: 'store_closed' });
    const again = await under.open();
    t.teardown(() => again.close());
    await again.ready();
    t.equal((await again.read('s1'))?.user_turns, 1);
    t.same(await again.item('s1', 'a'), itemRecord('a', 1));
    t.same((await again.getAudio('s1', 'a'))?.pcm, Uint8Array.of(1, 2));
    t.ok(((await again.acquire('s1'))?.epoch ?? -1) > epoch);
  });

  test('FAULTS 8: after SIGKILL every acknowledged commit is there, whole', async (t, store, under) => {
    let before = 0;
    for (const acks of [1, 7, 40]) {
      const acked = await runUntilKilled(under.child, acks);
      t.ok(acked >= before + acks, `${acked} acknowledged`);
      const { items } = await store.items(CHILD_SESSION, { limit: 10_000 });
      const session = await store.read(CHILD_SESSION);
      const numbers = items.map((item) => item.position);
      t.same(
        numbers,
        Array.from({ length: numbers.length }, (_, i) => i + 1),
        'none lost, none doubled',
      );
      t.ok(numbers.length >= acked && numbers.length <= acked + 1, 'at most the one on its way is there as well');
      t.equal(session?.message_count, numbers.length, 'a commit is whole: session and items say the same');
      before = numbers.length;
    }
  });
}

/** Runs the child, kills it as soon as it has said `acks` acknowledgements, and gives the last one it said. */
async function runUntilKilled(args: string[], acks: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  let said = 0;
  if (child.stdout === null) throw new Error('no stdout');
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (++said === acks) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error('the child ended by itself');
  return last;
}
