import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import t from 'tap';
import { problem } from '../../protocol/index.ts';
import { type OpenOptions, SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const stream = (server: TestServer, id: string, options: OpenOptions) =>
  SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream`, options);
const realtime = (server: TestServer, options: OpenOptions, query = '') =>
  SocketClient.open(`${server.wsUrl}/v1/realtime${query}`, options);

/** The upgrade by hand, for what a WebSocket client would not let pass. */
function upgrade(server: TestServer, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const request = httpRequest(server.url + path, {
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        ...headers,
      },
    });
    request.on('error', reject);
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    request.on('response', (response) => {
      let body = '';
      response.on('data', (data) => {
        body += String(data);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.end();
  });
}

t.test('attaching: session.created comes first, by header or by subprotocol token, in either dialect', async (t) => {
  const server = await startServer(t);
  for (const [offered, selected] of [
    [[], ''],
    [['realtime'], 'realtime'],
    [['kuku.v1'], 'kuku.v1'],
    [['realtime', 'kuku.v1'], 'kuku.v1'],
    [['something', 'realtime'], 'realtime'],
  ] as const) {
    const { id, token } = await server.create();
    const byHeader = await stream(server, id, { protocols: [...offered], token });
    t.equal(byHeader.ws.protocol, selected, `of ${offered}`);
    const created = await byHeader.next('session.created');
    t.equal(byHeader.events[0], created, 'the first event');
    t.match(created.session, { id, coach: { id, phase: 'coaching' }, audio: { input: { format: { rate: 24_000 } } } });
    t.equal(created.session.client_secret, undefined, 'only who creates it is told the secret');
    if (selected === '') continue;
    const bySubprotocol = await stream(server, id, { protocols: [...offered, `openai-insecure-api-key.${token}`] });
    t.equal(bySubprotocol.ws.protocol, selected, 'the token is never echoed');
    t.equal((await bySubprotocol.next('session.created')).session.id, id);
    t.equal((await byHeader.closed()).code, 4409);
  }
  const { id, token } = await server.create();
  const only = { 'sec-websocket-protocol': `openai-insecure-api-key.${token}` };
  const answer = await upgrade(server, `/api/sessions/${id}/stream`, only);
  t.match(answer, { status: 101, headers: { 'sec-websocket-protocol': undefined } });
  t.notMatch(JSON.stringify(answer.headers), token);
  const unknown = await upgrade(server, `/v1/realtime`, { 'sec-websocket-protocol': 'kuku.v9' });
  t.match(unknown, { status: 101, headers: { 'sec-websocket-protocol': undefined } }, 'row 23: a wrong version: none');
});

t.test('/v1/realtime creates a session, tells its secret, and takes unknown models for the default', async (t) => {
  const server = await startServer(t);
  for (const [query, model] of [
    ['', 'scripted'],
    ['?model=other', 'other'],
    ['?model=gpt-realtime', 'scripted'],
    [`?model=${'x'.repeat(500)}`, 'scripted'],
  ] as const) {
    const client = await realtime(server, { protocols: ['realtime', 'openai-insecure-api-key.sk-some-key'] }, query);
    const { session } = await client.next('session.created');
    t.equal(session.model, model, query);
    const token = session.client_secret?.value ?? '';
    const seen = await server.call('GET', `/api/sessions/${session.id}`, { token });
    t.match(seen.body, { id: session.id, model }, 'the secret is good for REST');
    const again = await stream(server, session.id, { token });
    t.equal((await again.next('session.created')).session.id, session.id, 'and to attach again');
    t.equal((await client.closed()).code, 4409);
  }
});

t.test('no right: 1008, in the same words whether or not there is such a session (row 26)', async (t) => {
  const server = await startServer(t);
  const [mine, other, over] = [await server.create(), await server.create(), await server.create()];
  await server.registry.end(over.id);
  const now = Date.now();
  const client = await server.parts.tokens.clientSecret({ expiresAtMs: now + 60_000 });
  const expired = await server.parts.tokens.sessionSecret(mine.id, now - 5_000);
  const refused = { code: 1008, reason: 'no right to this session' };
  for (const id of [mine.id, over.id, 'sess_unknown', '..%2f..']) {
    for (const token of [other.token, client, expired, 'ek_x', 'sk-x', `${mine.token}x`]) {
      const socket = await stream(server, id, { token });
      t.same(await socket.closed(), refused, `${id} with ${token.slice(0, 4)}`);
      t.same(socket.events, [], 'and nothing before it');
    }
    t.same(await (await stream(server, id, {})).closed(), refused, `${id} without a token`);
    const query = await SocketClient.open(`${server.wsUrl}/api/sessions/${id}/stream?token=${mine.token}`);
    t.same(await query.closed(), refused, 'a token in the URL is none');
  }
  for (const token of ['ek_x', mine.token]) {
    t.same(await (await realtime(server, { token })).closed(), refused, 'a session secret creates no session');
  }
  t.same(await (await realtime(server, {})).closed(), refused);
  t.equal(server.registry.live, 0, 'none of them loaded anything');
});

t.test('ended sessions are closed with 4410, erased ones with 4404', async (t) => {
  const server = await startServer(t);
  const [over, erased] = [await server.create(), await server.create()];
  await server.registry.end(over.id);
  await server.registry.erase(erased.id);
  for (const protocols of [['kuku.v1'], ['realtime']]) {
    t.equal((await (await stream(server, over.id, { token: over.token, protocols })).closed()).code, 4410);
    t.equal((await (await stream(server, erased.id, { token: erased.token, protocols })).closed()).code, 4404);
  }
});

t.test(
  'the newest connection wins; the one before is closed with 4409 and changes nothing (rows 2 and 5)',
  async (t) => {
    const server = await startServer(t);
    const { id, token } = await server.create();
    const before = await stream(server, id, { token });
    await before.next('session.created');
    const after = await stream(server, id, { token });
    await after.next('session.created');
    t.equal((await before.closed()).code, 4409);
    const text = 'My mornings are chaos.';
    after.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    after.send({ type: 'response.create' });
    t.equal((await after.next('response.done')).response.status, 'completed');
    t.equal((await server.registry.view(id)).message_count, 2);

    const many = await Promise.all(Array.from({ length: 8 }, () => stream(server, id, { token })));
    await after.closed();
    const codes: number[] = [];
    await new Promise<void>((resolve) => {
      for (const one of many) {
        void one.closed().then(({ code }) => {
          codes.push(code);
          if (codes.length === many.length - 1) resolve();
        });
      }
    });
    t.same([...new Set(codes)], [4409], 'of eight at once seven are told so');
    const left = many.find(({ ws }) => ws.readyState === ws.OPEN);
    left?.send({ type: 'session.update', session: {} });
    t.equal((await left?.next('session.updated'))?.session.id, id, 'and one has the session');
  },
);

t.test('row 27: an evil Origin gets 403 before the upgrade; own, listed and no origin may', async (t) => {
  const server = await startServer(t, { allowedOrigins: ['https://app.example'] });
  const { id, token } = await server.create();
  for (const path of [`/api/sessions/${id}/stream`, '/v1/realtime']) {
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`, 'https://APP.example.evil']) {
      const open = SocketClient.open(server.wsUrl + path, { token, headers: { origin } });
      await t.rejects(open, /answered with 403/, `${origin} at ${path}`);
      const answer = await upgrade(server, path, { origin, authorization: `Bearer ${token}` });
      t.match(problem.parse(JSON.parse(answer.body)), { status: 403, code: 'origin_not_allowed' });
    }
  }
  t.equal(server.registry.live, 0);
  for (const origin of [server.url, server.url.replace('http', 'https'), 'https://app.example']) {
    const client = await stream(server, id, { token, headers: { origin } });
    t.equal((await client.next('session.created')).session.id, id, origin);
  }
  const evil = await stream(server, id, { headers: { origin: server.url } });
  t.equal((await evil.closed()).code, 1008, 'a good origin is no token');
});

t.test('there are sockets at these two addresses alone', async (t) => {
  const server = await startServer(t);
  const { id, token } = await server.create();
  for (const path of ['/healthz', '/nothing', `/api/sessions/${id}`, `/api/sessions/${id}/audio/item_1`, '/docs']) {
    const open = SocketClient.open(server.wsUrl + path, { token });
    await t.rejects(open, /answered with 404/, path);
  }
});

t.test('clients that are gone before they are attached leave nothing behind', async (t) => {
  const server = await startServer(t);
  const all = await Promise.all(Array.from({ length: 20 }, () => server.create()));
  await Promise.all(
    all.map(async ({ id, token }) => {
      const client = await stream(server, id, { token });
      client.ws.terminate();
      await client.closed();
    }),
  );
  // A call that is answered after theirs: theirs are done.
  for (const { id, token } of all) await server.call('GET', `/api/sessions/${id}`, { token });
  await server.store.ready();
  t.equal(server.registry.live, 0, 'every session is unloaded again');
  t.same(Object.fromEntries([...server.engines.open].filter(([, n]) => n !== 0)), {});
});
