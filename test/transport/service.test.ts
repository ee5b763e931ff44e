import t from 'tap';
import { startServer } from '../support/server.ts';

t.test('a browser that opens the address finds the docs', async (t) => {
  const server = await startServer(t);
  const answer = await fetch(server.url);
  t.equal(answer.status, 200);
  t.ok(answer.url.includes('/docs'));
});

t.test('health and readiness say what is wrong', async (t) => {
  let problems: Record<string, string> = {};
  const server = await startServer(t, { problems: () => problems });
  t.same((await server.call('GET', '/healthz')).body, { status: 'ok' });
  t.match(await server.call('GET', '/readyz'), { status: 200, body: { status: 'ready', problems: {} } });
  problems = { speech: 'is not there' };
  const unready = { status: 503, body: { status: 'not_ready', problems } };
  t.match(await server.call('GET', '/readyz'), unready);
  await server.store.close();
  t.match(await server.call('GET', '/readyz'), { status: 503, body: { problems: { store: String } } });
  t.equal((await server.call('GET', '/healthz')).status, 200, 'alive though not ready');
  const failed = await server.call('POST', '/api/sessions');
  t.match(failed.problem(), { status: 503, code: 'store_closed' }, 'and a call says so');
});

t.test('/openapi.json has every route with its bodies, /docs shows it, /asyncapi.json the socket', async (t) => {
  const server = await startServer(t);
  const { body } = await server.call('GET', '/openapi.json');
  const routes = {
    '/api/sessions': ['post'],
    '/api/sessions/{id}': ['get', 'delete'],
    '/api/sessions/{id}/messages': ['post'],
    '/api/sessions/{id}/end': ['post'],
    '/api/sessions/{id}/items': ['get'],
    '/api/sessions/{id}/audio/{item_id}': ['get'],
    '/api/sessions/{id}/feedback': ['post'],
    '/api/models': ['get'],
    '/v1/realtime/client_secrets': ['post'],
    '/healthz': ['get'],
    '/readyz': ['get'],
  };
  const paths = isObject(body) && isObject(body.paths) ? body.paths : {};
  t.match(body, { openapi: '3.1.0', info: { title: 'Kuku Coach' } });
  t.same(new Set(Object.keys(paths)), new Set(Object.keys(routes)));
  for (const [path, methods] of Object.entries(routes)) {
    for (const method of methods) {
      const operation = isObject(paths[path]) ? paths[path][method] : undefined;
      t.match(operation, { summary: String, tags: Array, responses: Object }, `${method} ${path}`);
    }
  }
  t.match(paths['/api/sessions'], {
    post: {
      requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
      responses: { 201: { content: { 'application/json': { schema: { required: ['session'] } } } } },
    },
  });
  t.same(dangling(body), [], 'every $ref leads somewhere');
  const docs = await server.call('GET', '/docs');
  t.equal(docs.status, 200);
  t.match(docs.text, /swagger-ui/);
  t.match((await server.call('GET', '/docs/json')).body, { openapi: '3.1.0' });
  t.match((await server.call('GET', '/asyncapi.json')).body, { asyncapi: String, channels: Object });
});

t.test('CORS: an allowed origin may call and read the request id, others may not', async (t) => {
  const server = await startServer(t, { allowedOrigins: ['https://app.example'] });
  const ask = async (origin: string) => {
    const headers = {
      origin,
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'authorization',
    };
    const before = await server.call('OPTIONS', '/api/sessions/sess_1', { headers });
    const call = await server.call('GET', '/api/models', { headers: { origin } });
    return { before: before.headers, call: call.headers };
  };
  const mine = await ask('https://app.example');
  t.equal(mine.before.get('access-control-allow-origin'), 'https://app.example');
  t.match(mine.before.get('access-control-allow-methods'), /DELETE/);
  t.match(mine.before.get('access-control-allow-headers'), /authorization/);
  t.equal(mine.call.get('access-control-allow-origin'), 'https://app.example');
  t.match(mine.call.get('access-control-expose-headers'), /x-request-id/);
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null']) {
    const { before, call } = await ask(origin);
    t.equal(before.get('access-control-allow-origin'), null, origin);
    t.equal(call.get('access-control-allow-origin'), null, origin);
  }
});

t.test('too many calls from one address: 429 rate_limited, and health is still answered', async (t) => {
  const server = await startServer(t);
  const call = (url: string) => server.app.inject({ method: 'GET', url });
  const codes = new Set<number>();
  for (let i = 0; i < 600; i += 1) codes.add((await call('/api/models')).statusCode);
  t.same([...codes], [200]);
  const refused = await call('/api/models');
  t.match(refused.json(), { status: 429, code: 'rate_limited', retryable: true });
  t.match(refused.headers, { 'content-type': /^application\/problem\+json/, 'retry-after': String });
  t.equal((await call('/healthz')).statusCode, 200);
  const free = await startServer(t, { limits: { rate_limits: false } });
  for (let i = 0; i < 601; i += 1) await free.app.inject({ method: 'GET', url: '/api/models' });
  t.equal((await free.app.inject({ method: 'GET', url: '/api/models' })).statusCode, 200, 'RATE_LIMITS=off');
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** `$ref`s of a document that point at nothing in it. */
function dangling(document: unknown): string[] {
  const lost: string[] = [];
  const visit = (value: unknown): void => {
    if (!isObject(value)) return;
    if (typeof value.$ref === 'string') {
      let here: unknown = document;
      for (const key of value.$ref.slice(2).split('/')) here = isObject(here) ? here[key] : undefined;
      if (here === undefined) lost.push(value.$ref);
    }
    Object.values(value).forEach(visit);
  };
  visit(document);
  return lost;
}
