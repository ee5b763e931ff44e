import { randomBytes } from 'node:crypto';
import t from 'tap';
import { SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

async function open(
  server: TestServer,
  protocol = 'kuku.v1',
): Promise<{ id: string; token: string; client: SocketClient }> {
  const { id, token } = await server.create();
  const client = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token, protocols: [protocol] });
  await client.next('session.created');
  return { id, token, client };
}

t.test('row 10: a message of 10 MB is closed with 1009, text or binary, bound or not', async (t) => {
  const server = await startServer(t);
  const big = Buffer.alloc(10 * 1024 * 1024, 'x');
  for (const binary of [true, false]) {
    const { id, token, client } = await open(server);
    client.ws.send(big, { binary });
    t.equal((await client.closed()).code, 1009);
    const again = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token });
    t.equal((await again.next('session.created')).session.id, id, 'the session goes on');
  }
  const early = await SocketClient.open(`${server.wsUrl}/v1/realtime`, { token: 'sk-x' });
  early.ws.send(big);
  t.equal((await early.closed()).code, 1009, 'before the session is there');
  t.notMatch(server.logs.join(''), /"level":50/, "nothing of it is the server's error");
});

t.test('row 10: 1 MiB is taken, one byte more is not', async (t) => {
  const server = await startServer(t);
  const { client } = await open(server);
  const event = JSON.stringify({ type: 'session.update', session: { instructions: '' } });
  const fill = (bytes: number) => event.replace('""', `"${'x'.repeat(bytes - event.length)}"`);
  client.raw(fill(1024 * 1024));
  await client.next('session.updated');
  client.raw(fill(1024 * 1024 + 1));
  t.equal((await client.closed()).code, 1009);
});

t.test('row 10: compression is not negotiated, so that no message can be a bomb', async (t) => {
  const server = await startServer(t);
  const { client } = await open(server);
  t.equal(client.ws.extensions, '', 'offered by the client, and not taken');
  const { createConnection } = await import('node:net');
  const { id, token } = await server.create();
  const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  socket.write(
    [
      `GET /api/sessions/${id}/stream HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Bearer ${token}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      '\r\n',
    ].join('\r\n'),
  );
  const seen: Buffer[] = [];
  const over = new Promise((resolve) => socket.on('close', resolve));
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      seen.push(data);
      if (Buffer.concat(seen).includes('session.created')) resolve();
    });
  });
  await answered;
  t.notMatch(Buffer.concat(seen).toString('latin1'), /sec-websocket-extensions/i);
  // A masked text frame with RSV1: "this is compressed".
  socket.write(Buffer.from([0x80 | 0x40 | 0x01, 0x80 | 4, 0, 0, 0, 0, 1, 2, 3, 4]));
  await over;
  const all = Buffer.concat(seen);
  const close = all.lastIndexOf(Buffer.from([0x88, 0x02]));
  t.equal(close === -1 ? 0 : all.readUInt16BE(close + 2), 1002, 'a compressed frame breaks the WebSocket protocol');
  t.equal(server.faults.length, 0);
});

t.test('row 10: a message in 16,000 fragments is closed with 1009; a hundred are fine', async (t) => {
  const server = await startServer(t);
  const { client } = await open(server);
  const event = JSON.stringify({ type: 'session.update', session: {} });
  for (const letter of event.slice(0, -1)) client.ws.send(letter, { fin: false });
  client.ws.send(event.slice(-1), { fin: true });
  await client.next('session.updated');
  for (let i = 0; i < 16_000; i += 1) client.ws.send('', { fin: false });
  t.equal((await client.closed()).code, 1009);
});

t.test('row 4: a client that stops reading is closed, and no more than 1 MiB waits for it', async (t) => {
  const server = await startServer(t, { limits: { rate_limits: false } });
  let peak = 0;
  const dropped = new Promise<void>((resolve) => {
    server.app.websocketServer.on('connection', (ws) => {
      ws.on('message', () => {
        peak = Math.max(peak, ws.bufferedAmount);
      });
      ws.on('close', () => resolve());
    });
  });
  const { id, token, client } = await open(server, 'realtime');
  const content = [{ type: 'input_text' as const, text: 'word '.repeat(800) }];
  client.send({ type: 'conversation.item.create', item: { id: 'item_long', type: 'message', role: 'user', content } });
  await client.next('conversation.item.done');
  client.ws.pause();
  // Each is answered with 4 kB: 80 MB, if nobody stopped it.
  for (let i = 0; i < 20_000; i += 1) client.send({ type: 'conversation.item.retrieve', item_id: 'item_long' });
  await dropped;
  t.ok(peak > 512 * 1024, `it did come to wait: ${peak} bytes`);
  t.ok(peak < 1024 * 1024 + 16 * 1024, `at most a message above the bound: ${peak} bytes`);
  client.ws.resume();
  t.ok([1006, 1013].includes((await client.closed()).code));
  t.equal(server.app.websocketServer.clients.size, 0);
  const again = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, { token });
  t.equal((await again.next('session.created')).session.id, id, 'it may come back');
});
