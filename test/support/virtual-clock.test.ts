import t from 'tap';
import { sleep } from '../../src/clock.ts';
import { VIRTUAL_START, VirtualClock } from './virtual-clock.ts';

t.test('starts at a fixed date and moves only when told', async (t) => {
  const clock = new VirtualClock();
  t.equal(clock.now(), VIRTUAL_START);
  t.equal(new Date(clock.now()).toISOString(), '2026-01-05T09:00:00.000Z');
  t.equal(clock.mono(), 0);
  await clock.advance(1500.5);
  t.equal(clock.mono(), 1500.5);
  t.equal(clock.now(), VIRTUAL_START + 1500, 'the wall clock has whole milliseconds');
});

t.test('runs timers in order, at their own time, ties in the order they were set', async (t) => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const note = (name: string) => () => log.push(`${name}@${clock.mono()}`);
  clock.after(30, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(31, note('late'));
  await clock.advance(30);
  t.same(log, ['a@10', 'b@10', 'c@30']);
  t.equal(clock.pending(), 1);
  t.equal(clock.untilNext(), 1);
  await clock.advance(1);
  t.equal(log.at(-1), 'late@31');
  t.equal(clock.pending(), 0);
  t.equal(clock.untilNext(), null);
});

t.test('a timer set by a timer runs in the same advance, by async code too', async (t) => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const loop = async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 20);
      await new Promise<void>((resolve) => setImmediate(resolve));
      seen.push(clock.mono());
    }
  };
  const done = loop();
  await clock.advance(59);
  t.same(seen, [20, 40]);
  await clock.advance(1);
  await done;
  t.same(seen, [20, 40, 60]);
});

t.test('async code that starts before the advance sets its timers at the old time', async (t) => {
  const clock = new VirtualClock();
  let at = -1;
  void Promise.resolve()
    .then(() => sleep(clock, 5))
    .then(() => {
      at = clock.mono();
    });
  await clock.advance(100);
  t.equal(at, 5);
});

t.test('cancelling', async (t) => {
  const clock = new VirtualClock();
  let ran = 0;
  const cancel = clock.after(10, () => {
    ran++;
  });
  clock.after(5, cancel);
  t.equal(clock.pending(), 2);
  await clock.advance(20);
  cancel();
  t.equal(ran, 0);
  t.equal(clock.pending(), 0);
});

t.test('zero, negative and NaN delays run at the next advance, not at once', async (t) => {
  const clock = new VirtualClock();
  const log: number[] = [];
  for (const ms of [0, -5, Number.NaN]) clock.after(ms, () => log.push(clock.mono()));
  t.same(log, []);
  await clock.advance(0);
  t.same(log, [0, 0, 0]);
});

t.test('an aborted sleep leaves no timer', async (t) => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const waiting = sleep(clock, 1000, abort.signal);
  t.equal(clock.pending(), 1);
  abort.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  t.equal(clock.pending(), 0);
});

t.test('a timer that throws rejects the advance, and time can go on', async (t) => {
  const clock = new VirtualClock();
  clock.after(10, () => {
    throw new Error('broken timer');
  });
  await t.rejects(clock.advance(50), { message: 'broken timer' });
  t.equal(clock.mono(), 10);
  await clock.advance(50);
  t.equal(clock.mono(), 60);
});

t.test('wrong use is refused', async (t) => {
  const clock = new VirtualClock();
  await t.rejects(clock.advance(-1), RangeError);
  await t.rejects(clock.advance(Number.NaN), RangeError);
  const first = clock.advance(10);
  await t.rejects(clock.advance(10), /already running/);
  await first;
  t.equal(clock.mono(), 10);
});
