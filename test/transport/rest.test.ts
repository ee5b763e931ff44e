import t from 'tap';
import {
  clientSecretsResponse,
  createSessionResponse,
  itemList,
  messageResponse,
  modelList,
  session as sessionSchema,
} from '../../protocol/index.ts';
import { SocketClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const say = (server: TestServer, { id, token }: { id: string; token: string }, text: string) =>
  server.call('POST', `/api/sessions/${id}/messages`, { token, json: { text } });

t.test('POST /api/sessions: created with what was asked for, or with defaults where nothing was', async (t) => {
  const server = await startServer(t);
  const wanted = { model: 'other', voice: 'other', language: 'en-GB', goal: ' sleep ', max_duration_seconds: 60 };
  const full = await server.call('POST', '/api/sessions', { json: wanted });
  t.equal(full.status, 201);
  const { session, client_secret, stream_url } = createSessionResponse.parse(full.body);
  t.match(session, { ...wanted, goal: 'sleep', status: 'active', phase: 'coaching', message_count: 0, summary: null });
  t.equal(stream_url, `${server.wsUrl}/api/sessions/${session.id}/stream`);
  t.ok(Date.parse(client_secret.expires_at) > Date.now() + 60_000, 'the secret outlives the session');
  const seen = await server.call('GET', `/api/sessions/${session.id}`, { token: client_secret.value });
  t.match(sessionSchema.parse(seen.body), { id: session.id, model: 'other' });

  const json = { 'content-type': 'application/json' };
  for (const how of [{}, { headers: json }, { headers: json, body: '{}' }]) {
    const bare = await server.call('POST', '/api/sessions', how);
    t.equal(bare.status, 201, 'an empty body works');
    t.match(createSessionResponse.parse(bare.body).session, { model: 'scripted', voice: 'slt', language: 'en-US' });
  }
});

t.test('bad bodies of POST /api/sessions are problems that name the field', async (t) => {
  const server = await startServer(t);
  const cases: [unknown, string][] = [
    [{ model: 'nope' }, 'model'],
    [{ voice: 'nope' }, 'voice'],
    [{ language: '!!' }, 'language'],
    [{ goal: 'x'.repeat(501) }, 'goal'],
    [{ greeting: 'yes' }, 'greeting'],
    [{ max_duration_seconds: 29 }, 'max_duration_seconds'],
    [{ max_duration_seconds: 1801 }, 'max_duration_seconds'],
    [{ max_duration_seconds: 60.5 }, 'max_duration_seconds'],
    [[], 'body'],
    ['text', 'body'],
  ];
  for (const [json, field] of cases) {
    const answer = await server.call('POST', '/api/sessions', { json });
    const problem = answer.problem();
    t.match(
      problem,
      { status: 400, code: 'invalid_value', title: 'Bad Request', retryable: false },
      JSON.stringify(json),
    );
    t.ok(
      problem.errors.some((error) => error.field === field),
      `names ${field}`,
    );
    t.equal(problem.request_id, answer.headers.get('x-request-id'));
  }
  const both = await server.call('POST', '/api/sessions', { json: { language: '!!', greeting: 1 } });
  t.same(new Set(both.problem().errors.map(({ field }) => field)), new Set(['language', 'greeting']), 'names each one');
});

t.test('what is no such request is a problem too', async (t) => {
  const server = await startServer(t);
  const headers = { 'content-type': 'application/json' };
  const at = async (method: string, path: string, how = {}) => (await server.call(method, path, how)).problem();
  t.match(await at('POST', '/api/sessions', { headers, body: '{' }), { status: 400, code: 'invalid_json' });
  t.match(await at('POST', '/api/sessions', { headers, body: '{"__proto__":{"a":1}}' }), { status: 400 });
  const xml = { headers: { 'content-type': 'application/xml' }, body: '<a/>' };
  t.match(await at('POST', '/api/sessions', xml), { status: 415, code: 'unsupported_media_type' });
  t.match(await at('POST', '/api/sessions', { json: { goal: 'x'.repeat(70_000) } }), {
    status: 413,
    code: 'body_too_large',
  });
  t.match(await at('GET', '/nothing/here'), { status: 404, code: 'not_found' });
  t.match(await at('PUT', '/api/sessions'), { status: 404, code: 'not_found' });
  t.match(await at('GET', '/api/sessions/%E0%A4%A'), { status: 400, code: 'bad_request' });
  t.match(await at('GET', '/v1/realtime'), { status: 426, code: 'upgrade_required' });
  const ids = await Promise.all([1, 2].map(async () => (await at('GET', '/nothing')).request_id));
  t.not(ids[0], ids[1]);
});

t.test("every call of a session needs its own secret; another session's is answered as an unknown id is", async (t) => {
  const server = await startServer(t);
  const [mine, other] = [await server.create(), await server.create()];
  const client = await server.parts.tokens.clientSecret({ expiresAtMs: Date.now() + 60_000 });
  const expired = await server.parts.tokens.sessionSecret(mine.id, Date.now() - 5_000);
  const calls: [string, string, object][] = [
    ['GET', '', {}],
    ['DELETE', '', {}],
    ['GET', '/items', {}],
    ['POST', '/end', {}],
    ['POST', '/messages', { json: { text: 'hello' } }],
    ['POST', '/feedback', { json: { rating: 3 } }],
    ['GET', '/audio/item_1', {}],
  ];
  for (const [method, path, how] of calls) {
    const at = async (id: string, token?: string) =>
      (
        await server.call(method, `/api/sessions/${id}${path}`, { ...how, ...(token === undefined ? {} : { token }) })
      ).problem();
    t.match(await at(mine.id), { status: 401, code: 'unauthorized' }, `${method} ${path} without a token`);
    const { request_id: _, ...unknown } = await at('sess_unknown', mine.token);
    for (const token of [other.token, client, expired, 'ek_x', `${mine.token}x`]) {
      const { request_id: __, ...answer } = await at(mine.id, token);
      t.same(answer, unknown, `${method} ${path} with a token that is not for it`);
    }
    t.match(unknown, { status: 404, code: 'session_not_found' });
  }
  t.equal((await server.registry.view(mine.id)).status, 'active', 'nothing happened to it');
});

t.test('bad messages name the field, and take no turn', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  const at = async (how: object) =>
    (await server.call('POST', `/api/sessions/${mine.id}/messages`, { token: mine.token, ...how })).problem();
  const headers = { 'content-type': 'application/json' };
  for (const json of [{}, { text: '' }, { text: '   ' }, { text: 7 }, { text: 'x'.repeat(4001) }, null, []]) {
    t.match(
      await at({ json }),
      { status: 400, code: 'invalid_value', errors: [{ field: 'text' }] },
      JSON.stringify(json),
    );
  }
  t.match(await at({ headers }), { status: 400, errors: [{ field: 'text' }] }, 'an empty body');
  t.match(await at({ headers, body: '{"text":' }), { status: 400, code: 'invalid_json' });
  t.equal((await server.registry.view(mine.id)).message_count, 0);
});

t.test('a provider that fails: the words are kept, the answer says that it may be tried again', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  server.engines.script.replies = [new Error('no model')];
  const answer = messageResponse.parse((await say(server, mine, 'My mornings are chaos.')).body);
  t.ok(answer.coach.text.length > 0, 'an apology');
  t.equal((await say(server, mine, 'Again: my mornings.')).status, 200, 'the session goes on');
});

t.test('GET …/items pages by item id', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  for (const text of ['one thing', 'two things', 'three things']) await say(server, mine, text);
  const page = async (query: string) =>
    server.call('GET', `/api/sessions/${mine.id}/items${query}`, { token: mine.token });
  const all = itemList.parse((await page('')).body).data;
  t.equal(all.length, 6);
  t.ok(all.every(({ role, audio_url }) => (audio_url !== undefined) === (role === 'assistant')));
  const seen: string[] = [];
  for (let query = '?limit=4'; query !== ''; ) {
    const { data, has_more } = itemList.parse((await page(query)).body);
    seen.push(...data.map(({ id }) => id));
    query = has_more ? `?limit=4&after=${data.at(-1)?.id}` : '';
  }
  t.same(
    seen,
    all.map(({ id }) => id),
  );
  t.match((await page('?after=item_unknown')).problem(), { status: 404, code: 'item_not_found' });
  for (const limit of ['0', '101', 'x', '1.5']) {
    t.match((await page(`?limit=${limit}`)).problem(), { status: 400, errors: [{ field: 'limit' }] }, limit);
  }
  t.match((await page('?after=a/b')).problem(), { status: 400, errors: [{ field: 'after' }] });
});

t.test('feedback, and DELETE erases everything', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  const { token } = mine;
  const answer = messageResponse.parse((await say(server, mine, 'one thing')).body);
  const feedback = (json: unknown) => server.call('POST', `/api/sessions/${mine.id}/feedback`, { token, json });
  t.equal((await feedback({ rating: 5, comment: 'good' })).status, 204);
  for (const [json, field] of [
    [{ rating: 6 }, 'rating'],
    [{ rating: 2.5 }, 'rating'],
    [{}, 'rating'],
    [{ rating: 3, comment: 'x'.repeat(2001) }, 'comment'],
  ] as const) {
    t.match((await feedback(json)).problem(), { status: 400, errors: [{ field }] });
  }
  const socket = await SocketClient.open(`${server.wsUrl}/api/sessions/${mine.id}/stream`, { token });
  await socket.next('session.created');
  t.equal((await server.call('DELETE', `/api/sessions/${mine.id}`, { token })).status, 204);
  t.equal((await socket.closed()).code, 4404);
  const gone = { status: 404, code: 'session_not_found' };
  t.match((await server.call('GET', `/api/sessions/${mine.id}`, { token })).problem(), gone);
  t.match((await server.call('GET', `/api/sessions/${mine.id}/items`, { token })).problem(), gone);
  t.match((await say(server, mine, 'hello?')).problem(), gone);
  t.match((await feedback({ rating: 5 })).problem(), gone);
  t.match((await server.call('DELETE', `/api/sessions/${mine.id}`, { token })).problem(), gone);
  t.equal((await server.call('GET', answer.coach.audio_url ?? '')).status, 404, 'its signed audio is gone as well');
});

t.test('client secrets and models', async (t) => {
  const server = await startServer(t);
  const secret = async (json: unknown) => server.call('POST', '/v1/realtime/client_secrets', { json });
  const short = clientSecretsResponse.parse((await secret({ expires_after: { seconds: 60 } })).body);
  t.ok(Math.abs(short.expires_at - (Date.now() / 1000 + 60)) < 5);
  const bare = clientSecretsResponse.parse((await server.call('POST', '/v1/realtime/client_secrets')).body);
  t.ok(Math.abs(bare.expires_at - (Date.now() / 1000 + 600)) < 5, "OpenAI's default");
  const socket = await SocketClient.open(`${server.wsUrl}/v1/realtime`, { token: bare.value });
  t.equal((await socket.next('session.created')).session.model, bare.session.model);
  t.match((await secret({ expires_after: { seconds: 1 } })).problem(), {
    status: 400,
    errors: [{ field: 'expires_after.seconds' }],
  });
  const { data } = modelList.parse((await server.call('GET', '/api/models')).body);
  t.match(data, [
    { name: 'scripted', default: true },
    { name: 'other', default: false },
  ]);
});
