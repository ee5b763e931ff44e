import t from 'tap';
import { Heartbeat, IDLE_PING_MS, TURN_PING_MS } from '../../src/transport/socket/heartbeat.ts';
import { SocketClient } from '../support/client.ts';
import { startServer } from '../support/server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function peer(inTurn: boolean, answers = true) {
  const clock = new VirtualClock();
  const pings: number[] = [];
  const state = { inTurn, answers, gone: null as number | null };
  const heartbeat = new Heartbeat(clock, {
    ping() {
      pings.push(clock.mono());
      if (state.answers) heartbeat.alive();
    },
    inTurn: () => state.inTurn,
    gone() {
      state.gone = clock.mono();
    },
  });
  return { clock, pings, state, heartbeat };
}

t.test('a peer that answers is pinged every 20 s when idle, every 5 s in a turn, and is never gone', async (t) => {
  for (const [inTurn, every] of [
    [false, IDLE_PING_MS],
    [true, TURN_PING_MS],
  ] as const) {
    const { clock, pings, state, heartbeat } = peer(inTurn);
    await clock.advance(every * 10);
    t.same(
      pings,
      Array.from({ length: 10 }, (_, i) => (i + 1) * every),
    );
    t.equal(state.gone, null);
    heartbeat.stop();
    t.equal(clock.pending(), 0, 'no timer outlives it');
  }
});

t.test('row 1: in a turn a silent peer is gone 7.5 to 10 s after its last sign of life', async (t) => {
  for (let last = 5_000; last <= 10_000; last += 100) {
    const { clock, pings, state, heartbeat } = peer(true);
    await clock.advance(last);
    heartbeat.alive();
    state.answers = false;
    const before = pings.length;
    await clock.advance(20_000);
    const after = (state.gone ?? Number.POSITIVE_INFINITY) - last;
    if (!(after >= 7_500 && after <= 10_000)) t.fail(`gone after ${after} ms, last sign at ${last} ms`);
    if (pings.length - before < 2) t.fail(`${pings.length - before} pings before it was given up`);
    t.equal(clock.pending(), 0);
  }
});

t.test('idle, a peer silent for two pings is gone; any sign of life counts', async (t) => {
  const { clock, pings, state, heartbeat } = peer(false, false);
  await clock.advance(59_000);
  heartbeat.alive();
  await clock.advance(40_000);
  t.equal(state.gone, null, 'it was heard from at 59 s');
  await clock.advance(1_000);
  t.equal(state.gone, 100_000, 'and not since, for two pings');
  t.same(pings, [20_000, 40_000, 60_000, 80_000]);
  t.equal(clock.pending(), 0);
});

t.test('a peer that became silent while idle is gone soon once a turn runs', async (t) => {
  const { clock, state } = peer(false, false);
  await clock.advance(41_000);
  state.inTurn = true;
  await clock.advance(2_500);
  t.not(state.gone, null);
});

t.test('a real client that never answers pings is dropped, and its session unloaded', async (t) => {
  const clock = new VirtualClock();
  const server = await startServer(t, { clock });
  const { id, token } = await server.create();
  const url = `${server.wsUrl}/api/sessions/${id}/stream`;
  const mute = await SocketClient.open(url, { token, autoPong: false });
  await mute.next('session.created');
  const pinged = new Promise<void>((resolve) => mute.ws.once('ping', () => resolve()));
  await clock.advance(IDLE_PING_MS);
  await pinged;
  await clock.advance(2 * IDLE_PING_MS);
  t.ok([1006, 4408].includes((await mute.closed()).code), '4408 where it gets through; the cut comes right behind it');
  t.equal(server.registry.live, 0);
});
