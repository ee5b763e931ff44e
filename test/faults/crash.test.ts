import t from 'tap';
import type { SessionStore } from '../../src/store/types.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { type ScriptedEngines, VOICE } from '../support/scripted-engines.ts';
import { type ServerOptions, startServer, type TestServer } from '../support/server.ts';
import { storeWith } from '../support/store-with.ts';

class Boom extends Error {
  override name = 'Boom';
}

function boom(): never {
  throw new Boom('a bug');
}

interface Attached {
  id: string;
  token: string;
  client: SocketClient;
}

async function attach(server: TestServer, at?: { id: string; token: string }): Promise<Attached> {
  const { id, token } = at ?? (await server.create());
  const url = `${server.wsUrl}/api/sessions/${id}/stream`;
  const client = await SocketClient.open(url, { token, protocols: ['kuku.v1'] });
  return { id, token, client };
}

function say(client: SocketClient, text: string): void {
  const content = [{ type: 'input_text' as const, text }];
  client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  client.send({ type: 'response.create' });
}

function speak(client: SocketClient): void {
  const audio = [pcm(1_000, VOICE), pcm(4_000, 0)];
  let at = 0;
  for (const bytes of audio) {
    for (let i = 0; i < bytes.length; i += 960) {
      client.audio(at, bytes.subarray(i, i + 960));
      at += 20;
    }
  }
}

/** `armed`: whether the fault is on yet. */
type Engines = (scripted: ScriptedEngines, armed: () => boolean) => ReturnType<NonNullable<ServerOptions['engines']>>;

const FAULTS: [string, Engines, (client: SocketClient) => void][] = [
  [
    'the detector throws on a frame',
    ({ voiceActivity }, armed) => ({
      voiceActivity: {
        ...voiceActivity,
        open() {
          const detector = voiceActivity.open();
          return { ...detector, feed: (frame) => (armed() ? boom() : detector.feed(frame)) };
        },
      },
    }),
    speak,
  ],
  [
    'the transcriber throws when an utterance starts',
    ({ transcription }, armed) => ({
      transcription: {
        ...transcription,
        open() {
          const session = transcription.open();
          return { ...session, start: (options) => (armed() ? boom() : session.start(options)) };
        },
      },
    }),
    speak,
  ],
  [
    'the transcriber throws when it is asked for the words',
    ({ transcription }, armed) => ({
      transcription: {
        ...transcription,
        open() {
          const session = transcription.open();
          return {
            ...session,
            start(options) {
              const stream = session.start(options);
              return { ...stream, finish: () => (armed() ? boom() : stream.finish()) };
            },
          };
        },
      },
    }),
    speak,
  ],
  [
    'the coach throws before it answers',
    ({ coach }, armed) => ({
      coach: { ...coach, reply: (request, signal) => (armed() ? boom() : coach.reply(request, signal)) },
    }),
    (client) => say(client, 'And something else.'),
  ],
];

for (const [what, engines, provoke] of FAULTS) {
  t.test(`row 29: ${what}: 1011 and a stored state, and another session goes on`, async (t) => {
    let on = false;
    const server = await startServer(t, { engines: (scripted) => engines(scripted, () => on) });
    const broken = await attach(server);
    const other = await attach(server);
    say(broken.client, 'My mornings are chaos.');
    await broken.client.next('response.done');
    on = true;
    provoke(broken.client);
    t.equal((await broken.client.closed()).code, 1011);
    on = false;

    say(other.client, 'I want to sleep better.');
    t.equal((await other.client.next('response.done')).response.status, 'completed', 'the other session goes on');
    const { items } = await server.registry.items(broken.id, { limit: 100 });
    t.match(items, [{ role: 'user', text: 'My mornings are chaos.' }, { role: 'assistant' }], 'its words are stored');
    const { status } = await server.registry.view(broken.id);
    const again = await attach(server, broken);
    if (status === 'ended') t.equal((await again.client.closed()).code, 4410);
    else t.equal((await again.client.next('session.created')).session.id, broken.id, 'it may come back');
    t.match(server.logs.join(''), /"error":"Boom"/, 'the log names the fault');
    for (const { client } of [other, again]) client.ws.terminate();
    await Promise.all([other, again].map(({ client }) => client.closed()));
  });
}

t.test('row 29: an engine that cannot be opened: 1011, nothing attached, and the next try works', async (t) => {
  let on = true;
  const server = await startServer(t, {
    engines: ({ transcription, speech }) => ({
      transcription: { ...transcription, open: () => (on ? boom() : transcription.open()) },
      speech,
    }),
  });
  const one = await attach(server);
  t.equal((await one.client.closed()).code, 1011);
  t.equal(server.registry.live, 0, 'it is unloaded');
  on = false;
  const again = await attach(server, one);
  t.equal((await again.client.next('session.created')).session.id, one.id);
});

t.test(
  'row 29: engines that throw when they are closed keep nothing alive, and nobody else from working',
  async (t) => {
    const server = await startServer(t, {
      engines: ({ voiceActivity, transcription, speech }) => ({
        voiceActivity: { ...voiceActivity, open: () => ({ ...voiceActivity.open(), close: boom }) },
        transcription: { ...transcription, open: () => ({ ...transcription.open(), close: boom }) },
        speech: { ...speech, open: () => ({ ...speech.open(), close: boom }) },
      }),
    });
    const [one, other] = [await attach(server), await attach(server)];
    for (const { client } of [one, other]) await client.next('session.created');
    one.client.ws.close(1000);
    await one.client.closed();
    say(other.client, 'My mornings are chaos.');
    t.equal((await other.client.next('response.done')).response.status, 'completed');
    t.equal(server.registry.live, 1, 'the session is unloaded all the same');
    t.match([...new Set(server.faults.map(({ where }) => where))].sort(), ['ears', 'mouth'], 'and it is told of');
  },
);

t.test('row 29: a write that fails: no acknowledgement, 1011, the state as it was stored', async (t) => {
  let failing: string | null = null;
  const store = (real: SessionStore) =>
    storeWith(real, {
      commit: (id, commit) => (id === failing ? Promise.reject(new Boom('disk full')) : real.commit(id, commit)),
    });
  const server = await startServer(t, { store });
  const [broken, other] = [await attach(server), await attach(server)];
  say(broken.client, 'My mornings are chaos.');
  await broken.client.next('response.done');
  failing = broken.id;
  say(broken.client, 'These words cannot be stored.');
  t.equal((await broken.client.closed()).code, 1011);
  t.equal(broken.client.types().filter((type) => type === 'conversation.item.done').length, 2, 'only what was stored');
  const rest = { token: broken.token, json: { text: 'Nor can these.' } };
  const refused = await server.call('POST', `/api/sessions/${broken.id}/messages`, rest);
  t.match(refused.problem(), { status: 503, code: 'session_failed', retryable: true }, 'over REST as well');
  say(other.client, 'I want to sleep better.');
  t.equal((await other.client.next('response.done')).response.status, 'completed');

  failing = null;
  const again = await attach(server, broken);
  await again.client.next('session.created');
  const { items } = await server.registry.items(broken.id, { limit: 10 });
  t.equal(items.length, 2);
  say(again.client, 'These words can.');
  await again.client.next('response.done');
  t.equal((await server.registry.view(broken.id)).message_count, 4, 'and it goes on from there');
});
