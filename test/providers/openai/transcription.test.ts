import t from 'tap';
import { parseWav } from '../../../src/audio/wav.ts';
import { createOpenAITranscription, type TranscriptionOptions } from '../../../src/providers/openai/transcription.ts';
import type { Fault } from '../../support/openai-script.ts';
import { sine } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failure, setup, until } from './support.ts';

const never = new AbortController().signal;
const TEXT = 'I would like to talk about my week.';

async function start(
  t: Parameters<typeof setup>[0],
  options: Partial<TranscriptionOptions> = {},
  clock?: VirtualClock,
) {
  const { server, client } = await setup(t, clock === undefined ? {} : { clock });
  return { server, session: createOpenAITranscription({ client, model: 'whisper-test', ...options }).open() };
}

t.test('the utterance is sent as a WAV when it has ended', async (t) => {
  const { server, session } = await start(t);
  // Longer than the first buffer, in frames whose memory is used again, as the seam allows.
  const samples = sine(16_000, 440, 5);
  const utterance = session.start({ language: 'en-US', signal: never });
  const frame = new Int16Array(320);
  for (let at = 0; at < samples.length; at += 320) {
    frame.set(samples.subarray(at, at + 320));
    utterance.feed(frame);
  }
  t.equal(server.requests.length, 0);
  t.same(await utterance.finish(), { text: TEXT });
  const [request] = server.requests;
  t.same(request?.body, { model: 'whisper-test', response_format: 'json', language: 'en' });
  t.same(parseWav(request?.file ?? new Uint8Array()), { rate: 16_000, samples });
});

t.test('streamed: the whole hypothesis at each partial, then the text', async (t) => {
  const { session } = await start(t, { stream: true });
  const partials: string[] = [];
  const utterance = session.start({ language: 'en', signal: never, onPartial: (text) => partials.push(text) });
  utterance.feed(sine(16_000, 440, 1));
  t.same(await utterance.finish(), { text: TEXT });
  t.equal(partials[0], 'I');
  t.equal(partials[2], 'I would like');
  t.equal(partials.at(-1), TEXT);
});

t.test('a server that cannot stream answers in one piece', async (t) => {
  const { server, session } = await start(t, { stream: true });
  server.script.transcription.can_stream = false;
  const utterance = session.start({ language: 'en', signal: never });
  utterance.feed(sine(16_000, 440, 1));
  t.same(await utterance.finish(), { text: TEXT });
});

t.test('FAULTS 21: the no-speech score is passed on where there is one', async (t) => {
  const { server, session } = await start(t, { response_format: 'verbose_json' });
  server.script.transcription.no_speech = 0.93;
  const utterance = session.start({ language: 'en', signal: never });
  utterance.feed(sine(16_000, 440, 1));
  t.same(await utterance.finish(), { text: TEXT, no_speech: 0.93 });
});

t.test('less than a tenth of a second is nothing, and is not sent', async (t) => {
  const { server, session } = await start(t);
  const utterance = session.start({ language: 'en', signal: never });
  utterance.feed(sine(16_000, 440, 0.09));
  t.same(await utterance.finish(), { text: '' });
  t.equal(server.requests.length, 0);
});

const faults: [Fault, boolean, object][] = [
  [{ kind: 'status', status: 429, retry_after: '1.5' }, false, { code: 'provider_rate_limited', retry_after_ms: 1500 }],
  [{ kind: 'status', status: 500 }, true, { code: 'provider_failed', retryable: true }],
  [{ kind: 'end', after: 3 }, true, { code: 'provider_cut' }],
  [{ kind: 'reset', after: 3 }, true, { code: 'provider_cut' }],
  [{ kind: 'garbage', after: 3 }, true, { code: 'provider_broken' }],
  [{ kind: 'garbage', after: 0 }, false, { code: 'provider_broken' }],
];

for (const [fault, stream, expected] of faults) {
  t.test(`FAULTS 17, 19, 20: ${JSON.stringify(fault)}${stream ? ', streamed' : ''}`, async (t) => {
    const { server, session } = await start(t, { stream });
    server.script.transcription.fault = fault;
    const utterance = session.start({ language: 'en', signal: never });
    utterance.feed(sine(16_000, 440, 1));
    t.match(await failure(t, utterance.finish()), expected);
    t.equal(server.requests.length, 1);
  });
}

t.test('FAULTS 18: hang and stall end at their deadlines, and upstream with them', async (t) => {
  for (const fault of [{ kind: 'hang' }, { kind: 'stall', after: 2 }] as const) {
    const clock = new VirtualClock();
    const { server, session } = await start(t, { stream: true, deadlines: { first_ms: 900, idle_ms: 400 } }, clock);
    server.script.transcription.fault = fault;
    let partials = 0;
    const utterance = session.start({ language: 'en', signal: never, onPartial: () => partials++ });
    utterance.feed(sine(16_000, 440, 1));
    const failed = failure(t, utterance.finish());
    await until(() => (fault.kind === 'hang' ? server.requests.length : partials - 1) === 1);
    await clock.advance(fault.kind === 'hang' ? 900 : 400);
    t.match(await failed, { code: 'provider_timeout', message: fault.kind === 'hang' ? /900/ : /400/ });
    t.equal(await server.requests[0]?.ended, 'aborted');
    t.equal(clock.pending(), 0);
  }
});

t.test('an abort rejects with its reason and reaches upstream', async (t) => {
  const { server, session } = await start(t);
  server.script.transcription.fault = { kind: 'hang' };
  const caller = new AbortController();
  const utterance = session.start({ language: 'en', signal: caller.signal });
  utterance.feed(sine(16_000, 440, 1));
  const failed = t.rejects(utterance.finish(), { message: 'went on speaking' });
  await until(() => server.requests.length === 1);
  caller.abort(new Error('went on speaking'));
  await failed;
  t.equal(await server.requests[0]?.ended, 'aborted');

  const late = session.start({ language: 'en', signal: caller.signal });
  await t.rejects(late.finish(), { message: 'went on speaking' }, 'and nothing is sent after it');
  t.equal(server.requests.length, 1);
});
