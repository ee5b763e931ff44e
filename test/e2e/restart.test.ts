/** A server that dies or drains, and one that starts again on its data. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createSession, KukuClient, sendMessage } from '../../protocol/index.ts';
import { systemClock } from '../../src/clock.ts';
import { startServer } from '../../tools/talk/server.ts';

const never = new AbortController().signal;

async function items(url: string, id: string, token: string): Promise<{ role: string; text: string }[]> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/sessions/${id}/items`, { headers });
  const { data }: { data: { role: string; text: string }[] } = Object(await answer.json());
  // Not the addresses of the audio: each call signs them anew.
  return data.map(({ role, text }) => ({ role, text }));
}

t.test(
  'killed and started again, the server goes on with its sessions, and nothing acknowledged is lost',
  async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kuku-restart-'));
    t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await startServer(systemClock, never, { dataDir });
    const { session, client_secret } = await createSession(first.url, { goal: 'Sleep better' });
    const { id } = session;
    const token = client_secret.value;
    await sendMessage(first.url, id, 'I would like to sleep better.', { token });
    const asked = await sendMessage(first.url, id, 'I think we can stop here for today.', { token });
    t.equal(asked.session.phase, 'confirming');
    const before = await items(first.url, id, token);
    await first.kill();

    const second = await startServer(systemClock, never, { dataDir });
    t.teardown(() => second.stop());
    t.same(await items(second.url, id, token), before, 'the transcript is whole, and the token still good');
    const closed = await sendMessage(second.url, id, 'yes', { token });
    t.equal(closed.session.status, 'ended', 'W13: the question was not asked again, and the yes counted');
    t.equal(closed.session.wrap_up.prompts, 1);
    await t.rejects(sendMessage(second.url, id, 'more', { token }), { message: /ended/, status: 409 });
  },
);

t.test('event ids grow across a crash', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kuku-restart-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const first = await startServer(systemClock, never, { dataDir });
  const { session, client_secret } = await createSession(first.url, {});
  const ids: number[] = [];
  const listen = async (url: string) => {
    const client = new KukuClient({ baseUrl: url, sessionId: session.id, token: client_secret.value, maxAttempts: 0 });
    client.on('*', (event) => {
      ids.push(Number(String(Object(event).event_id).slice(4)));
    });
    const done = new Promise<void>((resolve) => client.on('response.done', () => resolve()));
    await client.connect();
    client.say('Hello there, I am back.');
    await done;
    client.close();
  };
  await listen(first.url);
  await first.kill();
  const second = await startServer(systemClock, never, { dataDir });
  t.teardown(() => second.stop());
  await listen(second.url);
  t.ok(ids.length > 20);
  t.same(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  t.equal(new Set(ids).size, ids.length, 'none twice');
});

t.test('SIGTERM: clients are told to go, closed with 1012, and the process ends well', async (t) => {
  const server = await startServer(systemClock, never);
  t.teardown(() => server.stop());
  const { session, client_secret } = await createSession(server.url, {});
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/sessions/${session.id}/stream`, [
    'kuku.v1',
    `openai-insecure-api-key.${client_secret.value}`,
  ]);
  const seen: string[] = [];
  const created = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const { type } = Object(JSON.parse(String(data)));
    seen.push(String(type));
    if (type === 'session.created') created.resolve();
  });
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)));
  await created.promise;
  const code = await server.stop();
  t.equal(await closed, 1012);
  t.ok(seen.includes('coach.going_away'));
  t.equal(code, 0);
});
