import t from 'tap';
import { createOpenAISpeech, type SpeechProviderOptions } from '../../../src/providers/openai/speech.ts';
import type { Fault } from '../../support/openai-script.ts';
import { snr } from '../../support/tone.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { collect, failure, setup, until } from './support.ts';

const options = { voice: 'alloy', language: 'en-US', signal: new AbortController().signal };

async function start(t: Parameters<typeof setup>[0], more: Partial<SpeechProviderOptions> = {}, clock?: VirtualClock) {
  const { server, client } = await setup(t, clock === undefined ? {} : { clock });
  const provider = createOpenAISpeech({ client, model: 'tts-test', ...more });
  return { server, provider, session: provider.open() };
}

t.test('audio comes as it is sent, whole samples whatever the chunks', async (t) => {
  for (const chunk_bytes of [4800, 999, 1]) {
    const { server, provider, session } = await start(t, { instructions: 'Warm.', resolveVoice: () => 'nova' });
    server.script.speech.chunk_bytes = chunk_bytes;
    server.script.speech.duration_ms = () => 100;
    const parts = await collect(session.synthesize('How was it?', options));
    const samples = parts.flatMap((part) => [...part.samples]);
    t.equal(provider.rate, 24_000);
    t.equal(samples.length, 2400);
    t.ok(snr(Int16Array.from(samples), 24_000, 300) > 60, 'every sample in its place');
    t.match(server.requests[0]?.body, {
      model: 'tts-test',
      input: 'How was it?',
      voice: 'nova',
      response_format: 'pcm',
      instructions: 'Warm.',
    });
  }
});

t.test('the first audio does not wait for the rest', async (t) => {
  const { server, session } = await start(t);
  server.script.speech.fault = { kind: 'stall', after: 1 };
  const items = session.synthesize('How was it?', options)[Symbol.asyncIterator]();
  t.equal((await items.next()).value?.samples.length, 2400);
  await items.return?.();
  t.equal(await server.requests[0]?.ended, 'aborted');
});

const faults: [Fault, object][] = [
  [
    { kind: 'status', status: 429, retry_after: '1' },
    { code: 'provider_rate_limited', retry_after_ms: 1000 },
  ],
  [{ kind: 'status', status: 500 }, { code: 'provider_failed' }],
  [{ kind: 'end', after: 0 }, { code: 'provider_cut' }],
  [{ kind: 'reset', after: 2 }, { code: 'provider_cut' }],
  [
    { kind: 'garbage', after: 0 },
    { code: 'provider_broken', message: /application\/json/ },
  ],
];

for (const [fault, expected] of faults) {
  t.test(`FAULTS 17, 19, 20: ${JSON.stringify(fault)}`, async (t) => {
    const { server, session } = await start(t);
    server.script.speech.fault = fault;
    t.match(await failure(t, collect(session.synthesize('How was it?', options))), expected);
    t.equal(server.requests.length, 1);
  });
}

t.test('FAULTS 18: hang and stall end at their deadlines, and upstream with them', async (t) => {
  for (const fault of [{ kind: 'hang' }, { kind: 'stall', after: 1 }] as const) {
    const clock = new VirtualClock();
    const { server, session } = await start(t, { deadlines: { first_ms: 900, idle_ms: 400 } }, clock);
    server.script.speech.fault = fault;
    const items = session.synthesize('How was it?', options)[Symbol.asyncIterator]();
    if (fault.kind === 'stall') await items.next();
    const failed = failure(t, items.next());
    await until(() => server.requests.length === 1);
    await clock.advance(fault.kind === 'hang' ? 900 : 400);
    t.match(await failed, { code: 'provider_timeout' });
    t.equal(await server.requests[0]?.ended, 'aborted');
    t.equal(clock.pending(), 0);
  }
});

t.test('an abort ends the audio with its reason, and reaches upstream', async (t) => {
  const { server, session } = await start(t);
  server.script.speech.fault = { kind: 'stall', after: 1 };
  const caller = new AbortController();
  const items = session.synthesize('How was it?', { ...options, signal: caller.signal })[Symbol.asyncIterator]();
  await items.next();
  const failed = t.rejects(items.next(), { message: 'barge-in' });
  caller.abort(new Error('barge-in'));
  await failed;
  t.equal(await server.requests[0]?.ended, 'aborted');
});
