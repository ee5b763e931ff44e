import { connect } from 'node:net';
import t from 'tap';
import { createSessionResponse, messageResponse } from '../../protocol/index.ts';
import { wavHeader } from '../../src/audio/wav.ts';
import { KukuError, nameAndPlace, ProviderError } from '../../src/errors.ts';
import { pcm, SocketClient } from '../support/client.ts';
import { VOICE } from '../support/scripted-engines.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { storeWith } from '../support/store-with.ts';

/** A word for each way in; none may ever be seen again in a log. */
const WORDS = {
  goal: 'zanzibar',
  typed: 'quixotic',
  spoken: 'marmalade',
  uploaded: 'tangerine',
  coach: 'xylophone',
  comment: 'dromedary',
  json: 'pomegranate',
  url: 'wolverine',
  provider: 'tarantula',
  secondLine: 'hippogriff',
  store: 'mandragora',
};

/** Quotes what was said, as SDKs do, on a line that looks like a stack's. */
const quoting = () =>
  new Error(`could not handle "${WORDS.provider}"\n    at ${WORDS.secondLine}\n${WORDS.secondLine}`);

t.test('row 28: at level trace no secret, no word and no audio is logged, whatever happens', async (t) => {
  const printed = [t.capture(process.stderr, 'write'), t.capture(console, 'log'), t.capture(console, 'error')];
  let failing: 'engine' | 'store' | null = null;
  const server = await startServer(t, {
    script: { hear: [WORDS.uploaded], replies: [`What about the ${WORDS.coach}?`], partial_after_ms: 500 },
    engines: ({ voiceActivity }) => ({
      voiceActivity: {
        ...voiceActivity,
        open() {
          const detector = voiceActivity.open();
          return {
            ...detector,
            feed(frame) {
              if (failing === 'engine') throw quoting();
              return detector.feed(frame);
            },
          };
        },
      },
    }),
    store: (real) =>
      storeWith(real, {
        commit: (...args) =>
          failing === 'store'
            ? Promise.reject(new Error(`row "${WORDS.store}"\n${WORDS.store}`))
            : real.commit(...args),
      }),
  });
  const secrets = new Set<string>();
  const { id, token, audioUrl } = await restSession(server);
  secrets.add(token).add(new URL(audioUrl, server.url).searchParams.get('signature') ?? '');

  const { value } = JSON.parse((await server.call('POST', '/v1/realtime/client_secrets')).text);
  secrets.add(String(value)).add('sk-live-0123456789abcdef');
  await failingRequests(server, id, token, audioUrl);
  const frames = await socketSession(server, String(value));
  await hostileSockets(server, id, token);

  for (const fault of ['engine', 'store'] as const) {
    const broken = await server.create();
    secrets.add(broken.token);
    const stream = `${server.wsUrl}/api/sessions/${broken.id}/stream`;
    const client = await SocketClient.open(stream, { token: broken.token, protocols: ['kuku.v1'] });
    await client.next('session.created');
    failing = fault;
    if (fault === 'engine') client.audio(0, pcm(100, VOICE));
    else client.send({ type: 'coach.wrap_up.request' });
    t.equal((await client.closed()).code, 1011);
    failing = null;
  }
  await server.close();

  const logged = [...server.logs, ...printed.flatMap((calls) => calls().map(({ args }) => args.join(' ')))].join('\n');
  t.ok(server.logs.length > 30, `${server.logs.length} lines were logged`);
  t.match(logged, /"msg":"a session failed"/, 'faults are told of');
  t.match(logged, /"error":"Error","at":"/, 'by name and place');
  t.match(logged, /"msg":"turn"/);
  for (const [where, word] of Object.entries(WORDS)) t.notOk(finds(logged, word), `${where}: ${word}`);
  for (const secret of secrets) {
    t.ok(secret.length >= 20, 'it was there to be leaked');
    t.notOk(finds(logged, secret.slice(3, 60)), `${secret.slice(0, 8)}…`);
    t.notOk(finds(logged, secret.slice(-20)), `…${secret.slice(-4)}`);
  }
  t.ok(frames.length >= 2);
  for (const audio of frames) t.notOk(finds(logged, audio), `audio ${audio.slice(0, 12)}…`);
  t.notOk(/ek_ey|Bearer/i.test(logged), 'no token of any kind');
});

/** As text, or as the numbers and codes that a dumped buffer is printed in. */
function finds(haystack: string, needle: string): boolean {
  const bytes = Buffer.from(needle);
  const forms = [
    needle,
    [...bytes].join(','),
    bytes.toString('hex'),
    bytes.toString('hex').match(/../g)?.join(' ') ?? needle,
  ];
  return forms.some((form) => haystack.includes(form));
}

async function restSession(server: TestServer) {
  const json = { goal: `less ${WORDS.goal}`, greeting: true };
  const created = createSessionResponse.parse((await server.call('POST', '/api/sessions', { json })).body);
  const { id } = created.session;
  const token = created.client_secret.value;
  const path = `/api/sessions/${id}`;
  const turn = { token, json: { text: `I feel ${WORDS.typed}` } };
  const { coach } = messageResponse.parse((await server.call('POST', `${path}/messages`, turn)).body);
  const speech = pcm(1_000, VOICE);
  const body = new FormData();
  body.set('audio', new Blob([Buffer.concat([wavHeader(24_000, speech.length), speech])]), `${WORDS.url}.wav`);
  await server.call('POST', `${path}/messages`, { token, body });
  const audioUrl = coach.audio_url ?? '';
  await server.call('GET', audioUrl);
  await server.call('GET', `${path}/items`, { token });
  await server.call('POST', `${path}/feedback`, { token, json: { rating: 1, comment: WORDS.comment } });
  for (const error of [new ProviderError('x', WORDS.provider), quoting()]) {
    server.engines.script.replies.push(error);
    await server.call('POST', `${path}/messages`, turn);
  }
  return { id, token, audioUrl };
}

/** Requests that go wrong, with secrets where they should not be. */
async function failingRequests(server: TestServer, id: string, token: string, audioUrl: string): Promise<void> {
  const path = `/api/sessions/${id}`;
  const headers = { 'content-type': 'application/json' };
  const statuses = [
    await server.call('GET', `${path}?token=${token}&q=${WORDS.url}`),
    await server.call('GET', `/${WORDS.url}?token=${token}`),
    await server.call('GET', `/api/sessions/%E0%A4%A?token=${token}`),
    await server.call('GET', `${audioUrl}x`),
    await server.call('GET', `${path}/items?after=${token}`, { token }),
    await server.call('GET', `/api/sessions/${token}`, { token }),
    await server.call('POST', '/api/sessions', { headers, body: `{"goal":"${WORDS.json}` }),
    await server.call('POST', '/api/sessions', { json: { model: WORDS.json } }),
    await server.call('POST', `${path}/messages`, { token, json: { text: WORDS.typed.repeat(9_000) } }),
    await server.call('POST', `${path}/messages`, { token, headers: { 'content-type': 'a/b' }, body: WORDS.typed }),
  ].map(({ status }) => status);
  if (statuses.some((status) => status < 400 || status > 499)) throw new Error(`answered ${statuses}`);
  server.parts.transcribeFile = () => Promise.reject(quoting());
  const body = new FormData();
  body.set('audio', new Blob(['RIFF']), 'a.wav');
  const failed = await server.call('POST', `${path}/messages`, { token, body });
  if (failed.problem().code !== 'internal' || failed.text.includes(WORDS.provider)) throw new Error(failed.text);
  await rawHttp(server, `GET /?token=${token} HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nbroken header\r\n\r\n`);
  await rawHttp(server, `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${token.repeat(100)}\r\n\r\n`);
}

function rawHttp(server: TestServer, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}

/** A spoken session from its creation to its end; gives some of the audio that went either way, in base64. */
async function socketSession(server: TestServer, secret: string): Promise<string[]> {
  server.engines.script.hear = [`about ${WORDS.spoken}`];
  server.engines.script.replies = [`And the ${WORDS.coach}?`];
  const protocols = ['realtime', `openai-insecure-api-key.${secret}`];
  const client = await SocketClient.open(`${server.wsUrl}/v1/realtime?model=${WORDS.url}`, { protocols });
  await client.next('session.created');
  const sent: string[] = [];
  for (const [ms, level] of [
    [1_000, VOICE + 77],
    [4_000, 0],
  ] as const) {
    for (let at = 0; at < ms; at += 100) {
      const audio = Buffer.from(pcm(100, level)).toString('base64');
      if (level > 0) sent.push(audio.slice(0, 40));
      client.send({ type: 'input_audio_buffer.append', audio });
    }
  }
  const { delta } = await client.next('response.output_audio.delta');
  await client.next('response.done');
  client.send({ type: 'session.update', session: { instructions: WORDS.json, prompt: { id: WORDS.json } } });
  for (const raw of [
    `{"${WORDS.json}`,
    `{"type":"${WORDS.json}"}`,
    JSON.stringify({ type: 'session.update', session: WORDS.json }),
  ]) {
    client.raw(raw);
    await client.next('error');
  }
  client.send({ type: 'coach.wrap_up.request' });
  client.send({ type: 'coach.wrap_up.confirm' });
  const started = await client.until(
    (event) => event.type === 'response.done' && event.response.status === 'completed',
  );
  if (started.type !== 'response.done') throw new Error('no goodbye');
  client.send({ type: 'coach.playout', item_id: started.response.output[0]?.id ?? '', audio_ms: 9_999, done: true });
  await client.next('coach.session.ended');
  await client.closed();
  return [...sent.slice(0, 2), delta.slice(0, 40)];
}

async function hostileSockets(server: TestServer, id: string, token: string): Promise<void> {
  const stream = `${server.wsUrl}/api/sessions/${id}/stream`;
  const refused = await SocketClient.open(`${stream}?token=${token}`, { token: 'sk-live-0123456789abcdef' });
  await refused.closed();
  const evil = { token, headers: { origin: `https://${WORDS.url}.example` } };
  for (const url of [
    stream,
    `${server.wsUrl}/v1/realtime?token=${token}`,
    `${server.wsUrl}/api/models?token=${token}`,
  ]) {
    await SocketClient.open(url, evil).then(
      () => {
        throw new Error(`${url} was upgraded`);
      },
      () => {},
    );
  }
  const big = await SocketClient.open(stream, { token });
  await big.next('session.created');
  big.raw(WORDS.typed.repeat(200_000));
  await big.closed();
}

t.test('row 28: an error is logged by its name and place, never by its message', (t) => {
  const { error, at } = nameAndPlace(quoting());
  t.equal(error, 'Error');
  t.match(at, /logs\.test\.ts:\d+:\d+/);
  t.notMatch(at, WORDS.secondLine);
  t.same(nameAndPlace('just words'), { error: 'string', at: null });
  t.match(nameAndPlace(new KukuError('words', { code: 'x' })), { error: 'KukuError', at: String });
  const bare = new Error(WORDS.provider);
  bare.stack = '';
  t.same(nameAndPlace(bare), { error: 'Error', at: null });
  t.end();
});
