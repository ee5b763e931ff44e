import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { backoffMs } from '../../protocol/client/backoff.ts';
import { CLOSE_CODE_MEANINGS, type KukuClient, mayRetry } from '../../protocol/index.ts';
import { type Link, next, Peer, state } from './peer.ts';
import { session, userItem } from './samples.ts';

const MS = 48; // Bytes of one millisecond at 24 kHz.

async function talking(t: Test, options: Parameters<Peer['client']>[0] = {}) {
  const peer = await Peer.open();
  t.teardown(() => peer.close());
  const client = peer.client(options);
  await client.connect();
  return { peer, client, link: await peer.link() };
}

/** Loses the connection without a word and comes back. */
async function comeBack(peer: Peer, client: KukuClient, link: Link): Promise<Link> {
  const lost = state(client, 'reconnecting');
  link.cut();
  await lost;
  const open = state(client, 'open');
  await peer.clock.advance(20_000);
  await open;
  return peer.link();
}

t.test('close codes: 1000, 1008, 1009 and 4xxx are final, all others may pass', async (t) => {
  const final = [1000, 1008, 1009, 4400, 4404, 4408, 4409, 4410];
  for (const code of [...Object.keys(CLOSE_CODE_MEANINGS).map(Number), 1001, 1005, 1006, 4999]) {
    t.equal(mayRetry(code), !final.includes(code) && code !== 4999, String(code));
  }
  for (const code of [1000, 1008, 4404, 4409]) {
    const { client, link, peer } = await talking(t);
    const closed = state(client, 'closed');
    link.close(code, 'because');
    t.match(await closed, { code, reason: 'because' });
    t.equal(peer.clock.pending(), 0, 'no timer is left');
  }
  for (const code of [1011, 1012, 1013]) {
    const { client, link } = await talking(t);
    const lost = state(client, 'reconnecting');
    link.close(code);
    const { delay_ms } = await lost;
    t.equal(delay_ms, code === 1013 ? 1125 : 125, String(code));
  }
});

t.test('backoff: full jitter under a ceiling that doubles up to 10 s', (t) => {
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 99].map((attempt) => backoffMs(attempt, 1006, () => 0.999_999) + 1);
  t.same(ceilings, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  t.equal(
    backoffMs(5, 1006, () => 0),
    0,
  );
  t.equal(
    backoffMs(1, 1013, () => 0),
    1000,
    'later, where there is too much to do',
  );
  t.end();
});

t.test('tries again after the backoff, asks for what it missed, and counts its tries', async (t) => {
  const { peer, client, link } = await talking(t);
  link.hello(41);
  await next(client, 'session.created');
  let lost = state(client, 'reconnecting');
  link.cut();
  t.match(await lost, { code: 1006, attempt: 1, delay_ms: 125 });
  await peer.clock.advance(124);
  t.equal(peer.sockets, 0, 'not a millisecond early');
  await peer.clock.advance(1);
  const second = await peer.link();
  t.equal(second.url, '/api/sessions/ses_1/stream?after=evt_41');
  lost = state(client, 'reconnecting');
  second.cut();
  t.match(await lost, { attempt: 2, delay_ms: 250 }, 'a connection that did not hold resets nothing');
  const open = state(client, 'open');
  await peer.clock.advance(250);
  await open;
  const third = await peer.link();
  await peer.clock.advance(5000);
  lost = state(client, 'reconnecting');
  third.cut();
  t.match(await lost, { attempt: 1, delay_ms: 125 }, 'one that held does');
});

t.test('gives up after maxAttempts, and connect() says so', async (t) => {
  const peer = await Peer.open();
  const again = peer.client({ maxAttempts: 2 });
  await peer.stop();
  let tries = 0;
  again.on('state', ({ state }) => {
    if (state === 'reconnecting') tries++;
  });
  const waiting = state(again, 'reconnecting');
  const failed = t.rejects(again.connect(), { message: /not connected: 1006/ });
  await waiting;
  const second = state(again, 'reconnecting');
  await peer.clock.advance(125);
  await second;
  await peer.clock.advance(250);
  await failed;
  t.equal(tries, 2);
  t.equal(peer.clock.pending(), 0);
});

t.test('after coach.session.ended no close brings it back, not even a lost network', async (t) => {
  const { peer, client, link } = await talking(t);
  link.send(1, { type: 'coach.session.ended', reason: 'idle', session });
  await next(client, 'coach.session.ended');
  const closed = state(client, 'closed');
  link.cut();
  t.match(await closed, { code: 1006 });
  t.equal(peer.clock.pending(), 0);
});

t.test('a socket that never opens is given up in time', async (t) => {
  const peer = await Peer.open();
  t.teardown(() => peer.close());
  const dead = {
    binaryType: '',
    readyState: 0,
    protocol: '',
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    closes: 0,
    send() {},
    close() {
      this.closes++;
    },
  };
  const client = peer.client({ openSocket: () => dead });
  client.connect().catch(() => {});
  const lost = state(client, 'reconnecting');
  await peer.clock.advance(0);
  await peer.clock.advance(10_000);
  t.match(await lost, { code: 1006, reason: 'no connection in time' });
  t.equal(dead.closes, 1);
});

t.test('coach.going_away: connects again now, without waiting for the close', async (t) => {
  const { peer, client, link } = await talking(t);
  link.hello(5);
  const lost = state(client, 'reconnecting');
  link.send(6, { type: 'coach.going_away', time_left_ms: 5000 });
  t.match(await lost, { code: 1012, delay_ms: 125 });
  await peer.clock.advance(125);
  t.equal((await peer.link()).url, '/api/sessions/ses_1/stream?after=evt_6');
});

t.test('audio that was not acknowledged is sent again, with the capture clock running on', async (t) => {
  const { peer, client, link } = await talking(t);
  client.sendAudio(new Uint8Array(20 * MS).fill(1));
  client.sendAudio(new Uint8Array(20 * MS).fill(2));
  client.sendAudio(new Int16Array(10 * (MS / 2)).fill(0x0303));
  await link.until(() => link.frames.length === 3);
  t.match(
    link.frames.map(({ stream, start_ms, last }) => ({ stream, start_ms, last })),
    [0, 20, 40].map((start_ms) => ({ stream: 0, start_ms, last: false })),
  );
  t.equal(client.unacknowledgedMs, 50);
  link.send(1, { type: 'coach.input.ack', audio_ms: 20 });
  await next(client, 'coach.input.ack');
  t.equal(client.unacknowledgedMs, 30);

  const lost = state(client, 'reconnecting');
  link.cut();
  await lost;
  client.sendAudio(new Uint8Array(20 * MS).fill(4));
  client.commit();
  await peer.clock.advance(200);
  const second = await peer.link();
  await second.until(() => second.frames.length === 3 && second.events.length === 1);
  t.same(
    second.frames.map(({ start_ms, payload }) => [start_ms, payload.length / MS, payload[0]]),
    [
      [20, 20, 2],
      [40, 10, 3],
      [50, 20, 4],
    ],
  );
  t.match(second.events, [{ type: 'input_audio_buffer.commit' }]);
  client.sendAudio(new Uint8Array(20 * MS).fill(5));
  await second.until(() => second.frames.length === 4);
  t.equal(second.frames[3]?.start_ms, 70);
  second.send(2, { type: 'coach.input.ack', audio_ms: 90 });
  await next(client, 'coach.input.ack');
  t.equal(client.unacknowledgedMs, 0);
  const third = await comeBack(peer, client, second);
  client.requestWrapUp();
  await third.until(() => third.events.length === 1);
  t.same(third.frames, [], 'what was acknowledged is forgotten');
});

t.test('frames are whole milliseconds and at most 200 of them; what is left waits', async (t) => {
  const { client, link } = await talking(t);
  client.sendAudio(new Uint8Array(450 * MS + 10));
  client.sendAudio(new Uint8Array(MS - 10));
  await link.until(() => link.frames.length === 4);
  t.same(
    link.frames.map(({ start_ms, payload }) => [start_ms, payload.length / MS]),
    [
      [0, 200],
      [200, 200],
      [400, 50],
      [450, 1],
    ],
  );
});

t.test('the ring is bounded: the oldest audio is given up and counted', async (t) => {
  const { peer, client, link } = await talking(t, { keepAudioMs: 100 });
  const lost = state(client, 'reconnecting');
  link.cut();
  await lost;
  for (let i = 0; i < 10; i++) client.sendAudio(new Uint8Array(20 * MS));
  t.equal(client.unacknowledgedMs, 100);
  t.equal(client.lostAudioMs, 100);
  await peer.clock.advance(200);
  const second = await peer.link();
  await second.until(() => second.frames.length === 5);
  t.equal(second.frames[0]?.start_ms, 100);
});

t.test('a new client of an old session goes on from what the server has', async (t) => {
  const { client, link } = await talking(t);
  client.sendAudio(new Uint8Array(20 * MS).fill(1));
  await link.until(() => link.frames.length === 1);
  link.send(9, { type: 'coach.input.ack', audio_ms: 60_000 });
  await link.until(() => link.frames.length === 2);
  t.equal(link.frames[1]?.start_ms, 60_000, 'what the server took for old is sent again');
  client.sendAudio(new Uint8Array(20 * MS));
  await link.until(() => link.frames.length === 3);
  t.equal(link.frames[2]?.start_ms, 60_020);
});

t.test('opus: one packet a frame, 20 ms each unless told otherwise', async (t) => {
  const { client, link } = await talking(t, { inputFormat: { type: 'audio/opus' }, opusPacketMs: 60 });
  client.sendAudio(new Uint8Array(33));
  client.sendAudio(new Uint8Array(7));
  await link.until(() => link.frames.length === 2);
  t.same(
    link.frames.map(({ start_ms, payload }) => [start_ms, payload.length]),
    [
      [0, 33],
      [60, 7],
    ],
  );
  t.match(link.events, [{ type: 'session.update', session: { audio: { input: { format: { type: 'audio/opus' } } } } }]);
});

t.test('settings are in force again on every connection', async (t) => {
  const { peer, client, link } = await talking(t);
  client.updateSession({ audio: { output: { voice: 'a', speed: 1.2 } } });
  client.updateSession({ audio: { output: { voice: 'b' }, input: { turn_detection: null } } });
  await link.until(() => link.events.length === 2);
  const second = await comeBack(peer, client, link);
  await second.until(() => second.events.length === 1);
  t.match(second.events[0], {
    type: 'session.update',
    session: { audio: { output: { voice: 'b', speed: 1.2 }, input: { turn_detection: null } } },
  });
});

t.test('a resume tells no event twice, and older stored events after coach.resumed still count', async (t) => {
  const { peer, client, link } = await talking(t);
  const told: unknown[] = [];
  client.on('coach.notice', ({ message }) => told.push(message));
  const notice = (message: string) => ({ type: 'coach.notice', code: 'x', message }) as const;
  link.send(3, notice('three'));
  await next(client, 'coach.notice');
  const second = await comeBack(peer, client, link);
  t.match(second.url, /after=evt_3$/);
  second.send(6, { type: 'coach.resumed', after: 'evt_3', replayed: 2, gap: false, session });
  second.send(3, notice('three again'));
  second.send(4, notice('four'));
  second.send(5, notice('five'));
  second.send(7, notice('seven'));
  while (told.length < 4) await next(client, 'coach.notice');
  t.same(told, ['three', 'four', 'five', 'seven']);
  const third = await comeBack(peer, client, second);
  third.send(2, { type: 'coach.resumed', after: 'evt_7', replayed: 0, gap: true, session });
  third.send(3, notice('anew'));
  await next(client, 'coach.notice');
  t.equal(told.at(-1), 'anew', 'after a gap every number is news');
  t.equal(client.lastEventId, 'evt_3');
});

t.test('a typed message is said again only when the replay did not bring it', async (t) => {
  let n = 0;
  const { peer, client, link } = await talking(t, { random: () => (n++ % 15) / 16 });
  const known = client.say('did arrive');
  const unknown = client.say('was lost');
  await link.until(() => link.events.length === 4);
  link.hello(1);
  await next(client, 'session.created');
  const second = await comeBack(peer, client, link);
  second.send(9, { type: 'coach.resumed', after: 'evt_1', replayed: 1, gap: false, session });
  second.send(2, { type: 'conversation.item.added', item: { ...userItem, id: known } });
  await second.until(() => second.events.length === 2);
  t.match(second.events, [{ item: { id: unknown, content: [{ text: 'was lost' }] } }, { type: 'response.create' }]);
  second.send(10, { type: 'conversation.item.done', item: { ...userItem, id: unknown } });
  await next(client, 'conversation.item.done');
  const third = await comeBack(peer, client, second);
  third.send(20, { type: 'coach.resumed', after: 'evt_10', replayed: 0, gap: false, session });
  client.commit();
  await third.until(() => third.events.length === 1);
  t.match(third.events, [{ type: 'input_audio_buffer.commit' }], 'nothing is said a third time');
});

t.test('what is said without a connection goes out once there is one', async (t) => {
  const { peer, client, link } = await talking(t);
  const lost = state(client, 'reconnecting');
  link.cut();
  await lost;
  const id = client.say('offline');
  client.requestWrapUp();
  await peer.clock.advance(200);
  const second = await peer.link();
  await second.until(() => second.events.length === 3);
  t.match(second.events, [{ item: { id } }, { type: 'response.create' }, { type: 'coach.wrap_up.request' }]);
  second.send(4, { type: 'coach.resumed', after: null, replayed: 0, gap: false, session });
  client.commit();
  await second.until(() => second.events.length === 4);
  t.equal(second.events[3]?.type, 'input_audio_buffer.commit', 'and only once');
});

t.test('close() leaves no timer and no socket, from any state', async (t) => {
  const idle = await Peer.open();
  t.teardown(() => idle.close());
  const never = idle.client();
  never.close();
  t.equal(never.state, 'closed');

  const token = Promise.withResolvers<string>();
  let dialled = 0;
  const waitsForToken = idle.client({
    token: () => token.promise,
    openSocket: (url, protocols) => {
      dialled++;
      return new WebSocket(url, protocols);
    },
  });
  const refused = t.rejects(waitsForToken.connect(), { message: /not connected/ });
  waitsForToken.close();
  await refused;
  token.resolve('ek_late');
  await idle.clock.advance(0);
  t.equal(dialled, 0, 'a token that comes too late opens nothing');

  const dials = Promise.withResolvers<void>();
  const connecting = idle.client({
    openSocket: (url, protocols) => {
      dials.resolve();
      return new WebSocket(url, protocols);
    },
  });
  const refusedToo = t.rejects(connecting.connect(), { message: /not connected/ });
  await dials.promise;
  t.equal(idle.clock.pending(), 1);
  connecting.close();
  await refusedToo;
  t.equal(idle.clock.pending(), 0, 'connecting');

  const open = await talking(t);
  const seen = open.link.closed();
  open.client.close(1000, 'bye');
  t.equal(await seen, 1000);
  open.client.close();
  open.client.say('too late');
  open.client.sendAudio(new Uint8Array(960));
  t.equal(open.client.unacknowledgedMs, 0);
  t.equal(open.peer.clock.pending(), 0, 'open');

  const waiting = await talking(t);
  const lost = state(waiting.client, 'reconnecting');
  waiting.link.cut();
  await lost;
  t.equal(waiting.peer.clock.pending(), 1, 'exactly one timer while it waits');
  waiting.client.close();
  t.equal(waiting.peer.clock.pending(), 0, 'reconnecting');
  await waiting.peer.clock.advance(60_000);
  t.equal(waiting.peer.sockets, 0);
  t.equal(waiting.client.state, 'closed');
});
