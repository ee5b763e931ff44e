import t from 'tap';
import { messageResponse } from '../../protocol/index.ts';
import { parseWav, wavHeader } from '../../src/audio/wav.ts';
import { systemClock } from '../../src/clock.ts';
import { parseRange } from '../../src/transport/http/audio.ts';
import { pcm } from '../support/client.ts';
import { VOICE } from '../support/scripted-engines.ts';
import { startServer, type TestServer } from '../support/server.ts';

const wav = (bytes: Uint8Array, rate = 24_000) => Buffer.concat([wavHeader(rate, bytes.length), bytes]);

function upload(server: TestServer, { id, token }: { id: string; token: string }, file: Uint8Array, field = 'audio') {
  const body = new FormData();
  body.set(field, new Blob([new Uint8Array(file)]), 'speech.wav');
  return server.call('POST', `/api/sessions/${id}/messages`, { token, body });
}

t.test('an uploaded recording is a turn like any other', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  server.engines.script.hear = ['my mornings are chaos'];
  // 12 s: far above what a JSON body may have.
  const answer = messageResponse.parse((await upload(server, mine, wav(pcm(12_000, VOICE)))).body);
  t.match(answer, { user: { text: 'my mornings are chaos' }, session: { message_count: 2 } });
  t.match(answer.coach.text, /morn|day/);
});

t.test('uploads that are no speech name the field, and take no turn', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  const at = async (file: Uint8Array, field?: string) => (await upload(server, mine, file, field)).problem();
  const names = { errors: [{ field: 'audio' }] };
  t.match(await at(new Uint8Array()), { status: 400, ...names });
  t.match(await at(Buffer.from('this is no audio at all')), { status: 415, code: 'unsupported_audio', ...names });
  t.match(await at(wav(pcm(100, VOICE)).subarray(0, 30)), { status: 400, code: 'invalid_audio', ...names });
  t.match(await at(wav(pcm(100, VOICE)), 'file'), { status: 400, code: 'invalid_value', ...names });
  server.engines.script.hear = [''];
  t.match(await at(wav(pcm(100, 0))), { status: 422, code: 'no_speech', ...names }, 'silence (FAULTS row 21)');
  const body = new FormData();
  body.set('text', 'hello');
  const none = await server.call('POST', `/api/sessions/${mine.id}/messages`, { token: mine.token, body });
  t.match(none.problem(), { status: 400, ...names }, 'no file at all');
  const start = '--x\r\ncontent-disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF';
  for (const [boundary, body] of [
    ['', '--x'],
    ['; boundary=x', start],
    ['; boundary=x', start.slice(0, 20)],
    ['; boundary=x', ''],
  ] as const) {
    const torn = { token: mine.token, headers: { 'content-type': `multipart/form-data${boundary}` }, body };
    const answer = await server.call('POST', `/api/sessions/${mine.id}/messages`, torn);
    t.match(answer.problem(), { status: 400, ...names }, `torn: ${JSON.stringify(torn.body)}`);
  }
  t.match(await at(new Uint8Array(25 * 1024 * 1024 + 1)), { status: 413, code: 'body_too_large' });
  t.equal((await server.registry.view(mine.id)).message_count, 0);
  t.same(Object.fromEntries([...server.engines.open].filter(([, n]) => n !== 0)), {}, 'nothing is left open');
});

t.test('audio_url: WAV of the reply, made once, open to whoever has its signature for 10 minutes', async (t) => {
  let ahead = 0;
  const server = await startServer(t, { clock: { ...systemClock, now: () => Date.now() + ahead } });
  const mine = await server.create();
  const turn = { token: mine.token, json: { text: 'My mornings are chaos.' } };
  const { body } = await server.call('POST', `/api/sessions/${mine.id}/messages`, turn);
  const { coach, user } = messageResponse.parse(body);
  const url = new URL(coach.audio_url ?? '', server.url);

  const both = await Promise.all([server.call('GET', url.href), server.call('GET', url.href)]);
  for (const one of both) {
    t.match(one, { status: 200 });
    t.equal(one.headers.get('content-type'), 'audio/wav');
    const { rate, samples } = parseWav(one.bytes);
    t.equal(rate, 24_000);
    const spoken = server.engines.spoken.join('').length * server.engines.script.char_ms;
    t.equal(samples.length, spoken * 24, 'all of it, synthesised once for both');
  }

  const changed = (key: string, value: string) => {
    const other = new URL(url);
    other.searchParams.set(key, value);
    return other.href;
  };
  const refused = async (href: string) => (await server.call('GET', href)).problem().status;
  const signature = url.searchParams.get('signature') ?? '';
  t.equal(await refused(changed('signature', `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`)), 401);
  t.equal(await refused(changed('expires', String(Number(url.searchParams.get('expires')) + 1))), 401);
  t.equal(await refused(changed('expires', 'soon')), 400);
  t.equal(await refused(url.href.replace(coach.item_id, user.item_id)), 401, 'good for this item alone');
  t.equal(await refused(url.href.split('?')[0] ?? ''), 401);
  ahead = 10 * 60 * 1000 + 1_000;
  t.equal(await refused(url.href), 401, 'expired');

  const { token } = mine;
  const item = (id: string) => server.call('GET', `/api/sessions/${mine.id}/audio/${id}`, { token });
  t.equal((await item(coach.item_id)).status, 200, "the session's own secret opens it without a signature");
  t.match((await item(user.item_id)).problem(), { status: 404, code: 'item_not_found' });
  t.match((await item('item_unknown')).problem(), { status: 404, code: 'item_not_found' });
});

t.test('range requests: 206 with the bytes asked for, 416 past the end', async (t) => {
  const server = await startServer(t);
  const mine = await server.create();
  const turn = { token: mine.token, json: { text: 'My mornings are chaos.' } };
  const { coach } = messageResponse.parse((await server.call('POST', `/api/sessions/${mine.id}/messages`, turn)).body);
  const get = (range: string) => server.call('GET', coach.audio_url ?? '', { headers: { range } });
  const whole = await get('');
  const size = whole.bytes.length;
  t.equal(whole.headers.get('accept-ranges'), 'bytes');
  for (const [range, from, to] of [
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, size - 1],
    ['bytes=-50', size - 50, size - 1],
    [`bytes=10-${size * 2}`, 10, size - 1],
  ] as const) {
    const part = await get(range);
    t.equal(part.status, 206, range);
    t.equal(part.headers.get('content-range'), `bytes ${from}-${to}/${size}`);
    t.ok(Buffer.from(part.bytes).equals(whole.bytes.subarray(from, to + 1)), 'the very bytes');
  }
  for (const range of [`bytes=${size}-`, 'bytes=-0', 'bytes=9-3']) {
    const past = await get(range);
    t.match(past.problem(), { status: 416, code: 'range_not_satisfiable' }, range);
    t.equal(past.headers.get('content-range'), `bytes */${size}`);
  }
  t.equal((await get('bytes=0-1,5-9')).status, 200, 'several ranges are answered with the whole');
  t.same(parseRange('lines=1-2', 10), null, 'another unit as well');
});

t.test('speech that fails: 502 for the audio, and the reply stays', async (t) => {
  const server = await startServer(t, { script: { speech_fails: true } });
  const mine = await server.create();
  const turn = { token: mine.token, json: { text: 'My mornings are chaos.' } };
  const { coach } = messageResponse.parse((await server.call('POST', `/api/sessions/${mine.id}/messages`, turn)).body);
  const failed = await server.call('GET', coach.audio_url ?? '');
  t.match(failed.problem(), { status: 502, code: 'provider_failed', retryable: true });
  server.engines.script.speech_fails = false;
  t.equal((await server.call('GET', coach.audio_url ?? '')).status, 200, 'the next try makes it');
});
