import fc from 'fast-check';
import t from 'tap';
import { streamUrl, streamUrlOfCreated } from '../../protocol/client/address.ts';
import { EventQueue } from '../../protocol/client/event-queue.ts';
import {
  createSession,
  endSession,
  type FetchLike,
  fromBase64,
  pcmBytes,
  pcmSamples,
  RestError,
  sendMessage,
  toBase64,
} from '../../protocol/index.ts';
import { endedSession, session } from './samples.ts';

t.test('base64 is the one of RFC 4648', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      t.equal(toBase64(bytes), text);
      t.same(fromBase64(text), bytes);
      t.same(fromBase64(text.replace(/=+$/, '')), bytes, 'padding may be missing');
    }),
    { seed: 3, numRuns: 200 },
  );
  const long = new Uint8Array(100_000).map((_, i) => i);
  t.equal(toBase64(long), Buffer.from(long).toString('base64'), 'longer than one slice');
  for (const wrong of ['A', 'AAAAA', 'AA*A', 'AA=A', 'A===', 'ÄAAA', 'AA A']) t.equal(fromBase64(wrong), null, wrong);
  t.end();
});

t.test('pcm samples and bytes are little-endian, aligned or not', (t) => {
  const samples = Int16Array.of(1, -2, 32_767, -32_768);
  t.same([...pcmBytes(samples)], [1, 0, 254, 255, 255, 127, 0, 128]);
  t.same([...pcmBytes(samples.subarray(1, 3))], [254, 255, 255, 127]);
  for (const offset of [0, 1, 12]) {
    const bytes = new Uint8Array(20);
    bytes.set(pcmBytes(samples), offset);
    t.same([...pcmSamples(bytes.subarray(offset, offset + 8))], [...samples], `offset ${offset}`);
  }
  t.end();
});

t.test('addresses', (t) => {
  t.equal(streamUrl('https://coach.example/', 'a b'), 'wss://coach.example/api/sessions/a%20b/stream');
  t.equal(streamUrl('http://[::1]:3000/base', 's'), 'ws://[::1]:3000/base/api/sessions/s/stream');
  t.equal(streamUrlOfCreated('wss://x/p/v1/realtime?model=m', 's'), 'wss://x/p/api/sessions/s/stream');
  t.equal(streamUrlOfCreated('wss://x/api/sessions/s/stream', 's'), null);
  t.end();
});

t.test('a reader that never reads is told, instead of eating the memory', async (t) => {
  let ended = 0;
  const queue = new EventQueue(() => ended++);
  for (let i = 0; i <= 10_000; i++) queue.push({ type: 'coach.input.ack', event_id: `evt_${i}`, audio_ms: i });
  await t.rejects(queue.next(), { message: /10000 events/ });
  t.same(await queue.next(), { done: true, value: undefined });
  t.equal(ended, 1);
});

interface Call {
  url: string;
  init: Parameters<FetchLike>[1];
}
/** Answers every call with `status` and `body`; a stand-in for the network, not for code of ours. */
function network(status: number, body: unknown) {
  const calls: Call[] = [];
  const fetch: FetchLike = (url, init) => {
    calls.push({ url, init });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve({ ok: status < 300, status, text: () => Promise.resolve(text) });
  };
  return { calls, fetch };
}

t.test('REST: creates, sends, ends', async (t) => {
  const secret = { value: 'ek_1', expires_at: '2026-01-05T09:10:00Z' };
  const made = network(201, { session, client_secret: secret, stream_url: 'ws://x/y' });
  const created = await createSession('http://x/', { goal: 'rest' }, { fetch: made.fetch });
  t.equal(created.client_secret.value, 'ek_1');
  t.same(made.calls, [
    {
      url: 'http://x/api/sessions',
      init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"goal":"rest"}' },
    },
  ]);
  const turn = { user: { item_id: 'a', text: 'hi' }, coach: { item_id: 'b', text: 'Hi.', audio_url: null }, session };
  const sent = network(200, turn);
  t.equal((await sendMessage('http://x', 'ses_1', 'hi', { fetch: sent.fetch, token: 'ek_1' })).coach.text, 'Hi.');
  t.match(sent.calls, [
    { url: 'http://x/api/sessions/ses_1/messages', init: { headers: { authorization: 'Bearer ek_1' } } },
  ]);
  const end = network(200, endedSession);
  t.equal((await endSession('http://x', 'ses_1', { fetch: end.fetch })).status, 'ended');
});

t.test('REST: what fails says why', async (t) => {
  const problem = {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'the session has ended',
    code: 'session_ended',
    request_id: 'r',
    errors: [],
    retryable: false,
  };
  const { fetch } = network(409, problem);
  const error = await endSession('http://x', 's', { fetch }).catch((reason: unknown) => reason);
  t.ok(error instanceof RestError);
  t.match(error, { status: 409, problem: { code: 'session_ended' }, message: /session_ended: the session has ended/ });
  const plain = network(502, '<html>');
  const unread = await createSession('http://x', {}, { fetch: plain.fetch }).catch((reason: unknown) => reason);
  t.match(unread, { status: 502, problem: null });
  const odd = network(200, { session: 1 });
  await t.rejects(endSession('http://x', 's', { fetch: odd.fetch }), { message: /not what was promised/ });
});
