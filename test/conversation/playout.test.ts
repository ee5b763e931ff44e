import t from 'tap';
import { Playout, SLICE_MS, type Slice } from '../../src/conversation/playout.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function rig() {
  const clock = new VirtualClock();
  const sent: { slice: Slice; at: number }[] = [];
  let done = 0;
  const playout = new Playout(clock, {
    onSlice: (slice) => sent.push({ slice, at: clock.mono() }),
    onSent: () => {
      done += 1;
    },
  });
  const push = (from: number, count: number) => {
    for (let i = 0; i < count; i += 1) {
      playout.push({ start_ms: from + i * SLICE_MS, duration_ms: SLICE_MS, bytes: new Uint8Array() });
    }
  };
  return { clock, playout, sent, push, done: () => done };
}

t.test('a burst of the lead at once, then in real time, and nothing before its time', async (t) => {
  const { clock, playout, sent, push, done } = rig();
  push(0, 50);
  playout.finish();
  t.equal(sent.length, 6, '600 ms at once');
  for (let i = 0; i < 50; i += 1) await clock.advance(100);
  t.equal(sent.length, 50);
  t.equal(done(), 1);
  for (const { slice, at } of sent) t.ok(slice.start_ms - at <= 600, `${slice.start_ms} at ${at}`);
  for (const { slice, at } of sent.slice(6)) t.ok(at - slice.start_ms <= -400, 'and never late');
  t.equal(clock.pending(), 0);
});

t.test('pacing does not drift: late timers are made up for', async (t) => {
  const { clock, sent, push } = rig();
  push(0, 100);
  await clock.advance(9_000);
  t.equal(sent.length, 96);
});

t.test('heard is what real time allows, never more than was sent', async (t) => {
  const { clock, playout, push } = rig();
  t.equal(playout.heardMs(), 0);
  push(0, 3);
  await clock.advance(200);
  t.equal(playout.heardMs(), 200);
  await clock.advance(5_000);
  t.equal(playout.heardMs(), 300, 'it ran dry');
  push(300, 3);
  await clock.advance(100);
  t.equal(playout.heardMs(), 400, 'and went on from there');
});

t.test("the client's report wins; between reports time runs on for a moment only", async (t) => {
  const { clock, playout, push } = rig();
  push(0, 40);
  await clock.advance(1_000);
  playout.report(700);
  t.equal(playout.heardMs(), 700);
  await clock.advance(200);
  t.equal(playout.heardMs(), 900);
  await clock.advance(2_000);
  t.equal(playout.heardMs(), 1_200, 'half a second beyond the last report');
  playout.report(99_999);
  t.ok(playout.heardMs() <= playout.sentMs, 'never more than was sent');
});

t.test('paused it stands still; resumed it goes back to what was heard', async (t) => {
  const { clock, playout, sent, push } = rig();
  push(0, 40);
  await clock.advance(1_050);
  playout.pause();
  const before = sent.length;
  await clock.advance(3_000);
  t.equal(sent.length, before);
  t.equal(playout.heardMs(), 1_050);
  playout.resume();
  t.equal(sent[before]?.slice.start_ms, 1_000, 'the slice that was playing is sent again');
  await clock.advance(6_000);
  t.equal(sent.at(-1)?.slice.start_ms, 3_900);
  const starts = sent.slice(before).map(({ slice }) => slice.start_ms);
  t.same(
    starts,
    starts.toSorted((a, b) => a - b),
    'in order, none twice',
  );
});

t.test('room: synthesis waits while much is unsent, and is let go when the playout stops', async (t) => {
  const { clock, playout, push } = rig();
  push(0, 100);
  let through = false;
  void playout.room(5_000).then(() => {
    through = true;
  });
  await clock.advance(1_000);
  t.equal(through, false);
  await clock.advance(4_000);
  t.equal(through, true);
  push(10_000, 100);
  const second = playout.room(1_000);
  playout.stop();
  await second;
  t.equal(clock.pending(), 0, 'and no timer is left');
});
