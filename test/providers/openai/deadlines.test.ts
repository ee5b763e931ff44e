import t from 'tap';
import { sleep } from '../../../src/clock.ts';
import { guarded, guardedCall } from '../../../src/providers/openai/deadlines.ts';
import { settle, VirtualClock } from '../../support/virtual-clock.ts';

/** A stream whose items come after these many ms each; `seen` tells how it was treated. */
function setup(delays: number[]) {
  const clock = new VirtualClock();
  const caller = new AbortController();
  const seen = { aborted: false, closed: false };
  const guard = { provider: 'test', clock, signal: caller.signal, first_ms: 100, idle_ms: 50 };
  const items = guarded(guard, async function* (signal) {
    signal.addEventListener('abort', () => {
      seen.aborted = true;
    });
    try {
      for (const [i, ms] of delays.entries()) {
        await sleep(clock, ms, signal);
        yield i;
      }
    } finally {
      seen.closed = true;
    }
  });
  return { clock, caller, seen, items };
}

async function collect(items: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = [];
  for await (const item of items) all.push(item);
  return all;
}

t.test('in time: everything passes, nothing is aborted, no timer stays', async (t) => {
  const { clock, seen, items } = setup([99, 49, 49]);
  const all = collect(items);
  await clock.advance(1000);
  t.same(await all, [0, 1, 2]);
  t.same(seen, { aborted: false, closed: true });
  t.equal(clock.pending(), 0);
});

t.test('FAULTS 18: nothing at first', async (t) => {
  const { clock, seen, items } = setup([500]);
  const late = t.rejects(collect(items), { code: 'provider_timeout', provider: 'test', retryable: true, status: 504 });
  await clock.advance(99);
  t.equal(seen.aborted, false);
  await clock.advance(1);
  await late;
  t.same(seen, { aborted: true, closed: true });
  t.equal(clock.pending(), 0);
});

t.test('FAULTS 18: a stall in the middle', async (t) => {
  const { clock, seen, items } = setup([10, 500]);
  const late = t.rejects(collect(items), { code: 'provider_timeout', message: /50 ms/ });
  await clock.advance(60);
  await late;
  t.same(seen, { aborted: true, closed: true });
  t.equal(clock.pending(), 0);
});

t.test('a source that ignores its signal is not waited for', async (t) => {
  const clock = new VirtualClock();
  const guard = { provider: 'test', clock, signal: new AbortController().signal, first_ms: 100, idle_ms: 50 };
  const deaf = guardedCall(guard, () => new Promise<number>(() => {}));
  const late = t.rejects(deaf, { code: 'provider_timeout' });
  await clock.advance(100);
  await late;
});

t.test("the caller's abort comes out as its own reason, between items and during one", async (t) => {
  const reason = new Error('barge-in');
  const waiting = setup([99]);
  const stopped = t.rejects(collect(waiting.items), reason);
  await settle();
  waiting.caller.abort(reason);
  await stopped;
  t.same(waiting.seen, { aborted: true, closed: true });
  t.equal(waiting.clock.pending(), 0);

  const between = setup([0, 0]);
  const first = between.items.next();
  await between.clock.advance(0);
  t.same(await first, { done: false, value: 0 });
  between.caller.abort(reason);
  await t.rejects(between.items.next(), reason);
  t.equal(between.seen.aborted, true);

  const before = setup([0]);
  before.caller.abort(reason);
  await t.rejects(collect(before.items), reason);
  t.equal(before.seen.closed, false, 'it was not even opened');
});

t.test('a slow consumer is not a slow provider, and one that stops ends the work', async (t) => {
  const { clock, seen, items } = setup([10, 10]);
  const first = items.next();
  await clock.advance(10);
  await first;
  await clock.advance(10_000);
  t.equal(seen.aborted, false);
  await items.return(undefined);
  await settle();
  t.same(seen, { aborted: true, closed: true });
  t.equal(clock.pending(), 0);
});

t.test('one answer', async (t) => {
  const clock = new VirtualClock();
  const guard = { provider: 'test', clock, signal: new AbortController().signal, first_ms: 100, idle_ms: 50 };
  let aborted = false;
  const answer = guardedCall(guard, async (signal) => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return 7;
  });
  t.equal(await answer, 7);
  t.equal(aborted, false);
  t.equal(clock.pending(), 0);
});
