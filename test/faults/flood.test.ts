import t from 'tap';
import { Bucket } from '../../src/transport/socket/buckets.ts';
import {
  BYTES_BURST,
  BYTES_PER_SECOND,
  MESSAGES_BURST,
  MESSAGES_PER_SECOND,
} from '../../src/transport/socket/limits.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

async function open(server: TestServer, protocol = 'realtime'): Promise<SocketClient> {
  const { id, token } = await server.create();
  const client = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  await client.next('session.created');
  return client;
}

t.test('row 24: a flood of events is refused, told so, and closed with 1008; others notice nothing', async (t) => {
  const server = await startServer(t);
  const [flooding, other] = [await open(server), await open(server)];
  for (let i = 0; i < 6_000; i += 1) flooding.send({ type: 'response.cancel' });
  t.match((await flooding.next('error')).error, { type: 'rate_limit_error', code: 'rate_limited' });
  t.same(await flooding.closed(), { code: 1008, reason: 'rate limited' });
  const told = flooding.types().filter((type) => type === 'error').length;
  t.ok(told >= 2 && told <= 10, `told ${told} times, not once a message`);
  other.send({ type: 'session.update', session: {} });
  await other.next('session.updated');
});

t.test('row 24: a flood of bytes is closed as well, before much of it was taken', async (t) => {
  const server = await startServer(t);
  let taken = 0;
  server.app.websocketServer.on('connection', (ws) => {
    ws.on('message', (data: Buffer) => {
      if (ws.readyState === ws.OPEN) taken += data.length;
    });
  });
  const client = await open(server);
  const audio = Buffer.alloc(700_000).toString('base64');
  for (let i = 0; i < 60; i += 1) client.send({ type: 'input_audio_buffer.append', audio });
  t.match((await client.next('error')).error, { code: 'rate_limited' });
  t.equal((await client.closed()).code, 1008);
  t.ok(taken > BYTES_BURST && taken < 3 * BYTES_BURST, `${taken} bytes were looked at`);
});

t.test('row 24: after a short flood the session goes on', async (t) => {
  const clock = new VirtualClock();
  const server = await startServer(t, { clock });
  const client = await open(server);
  for (let i = 0; i < MESSAGES_BURST + 100; i += 1) client.send({ type: 'response.cancel' });
  await client.next('error');
  await clock.advance(1_000);
  const answered = async () => {
    client.send({ type: 'session.update', session: {} });
    await client.next('session.updated');
  };
  await answered();
  for (let i = 0; i < MESSAGES_PER_SECOND - 2; i += 1) client.send({ type: 'response.cancel' });
  await answered();
});

t.test('row 24: audio at 50 frames a second is never limited, for as long as it comes', async (t) => {
  const clock = new VirtualClock();
  const server = await startServer(t, { clock });
  const client = await open(server, 'kuku.v1');
  const frame = pcm(20, 0);
  for (let second = 0; second < 100; second += 1) {
    for (let i = 0; i < 50; i += 1) client.audio(second * 1_000 + i * 20, frame);
    await client.when(() => acked(client) >= second * 1_000 - 1_500);
    await clock.advance(1_000);
  }
  t.ok(acked(client) > 95_000, 'all of it was taken');
  t.notOk(client.types().includes('error'));

  const hour = new VirtualClock();
  const messages = new Bucket(hour, MESSAGES_PER_SECOND, MESSAGES_BURST);
  const bytes = new Bucket(hour, BYTES_PER_SECOND, BYTES_BURST);
  // 48 kHz in base64, the most that audio takes.
  const heaviest = 20 * 96 * (4 / 3) + 80;
  let refused = 0;
  for (let second = 0; second < 3_600; second += 1) {
    for (let i = 0; i < 50; i += 1) if (!messages.take(1) || !bytes.take(heaviest)) refused += 1;
    await hour.advance(1_000);
  }
  t.equal(refused, 0);
});

t.test('row 24: a bucket gives its burst at once, and then its rate', async (t) => {
  const clock = new VirtualClock();
  const bucket = new Bucket(clock, 10, 100);
  const takes = () => {
    let n = 0;
    while (bucket.take(1)) n += 1;
    return n;
  };
  t.equal(takes(), 100);
  await clock.advance(1_000);
  t.equal(takes(), 10);
  await clock.advance(3_600_000);
  t.equal(takes(), 100, 'never more than the burst is saved up');
  t.notOk(bucket.take(1));
});

t.test('RATE_LIMITS=off: no flood is refused', async (t) => {
  const server = await startServer(t, { limits: { rate_limits: false } });
  const client = await open(server);
  for (let i = 0; i < MESSAGES_BURST * 2; i += 1) client.send({ type: 'response.cancel' });
  client.send({ type: 'session.update', session: {} });
  await client.next('session.updated');
  t.notOk(client.types().includes('error'));
});

function acked(client: SocketClient): number {
  const ack = client.events.findLast((event) => event.type === 'coach.input.ack');
  return ack?.type === 'coach.input.ack' ? ack.audio_ms : 0;
}
