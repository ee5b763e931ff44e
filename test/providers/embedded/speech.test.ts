import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { speakable } from '../../../src/providers/embedded/speakable.ts';
import { createEmbeddedSpeech } from '../../../src/providers/embedded/speech.ts';
import type { SpeechAudio, SpeechSession } from '../../../src/providers/types.ts';

const SENTENCE = 'I would like to talk about my work today, because it has been on my mind.';
/** Node tells of each thread it starts; so a test may count them, and kill one. */
const threads = new Set<Worker>();
process.on('worker', (worker: Worker) => {
  threads.add(worker);
  worker.once('exit', () => threads.delete(worker));
});

const provider = createEmbeddedSpeech();
const session = provider.open();
t.teardown(() => provider.close());

const live = new AbortController().signal;
const speak = (text: string, signal = live, from: SpeechSession = session, voice = 'slt') =>
  from.synthesize(text, { voice, language: 'en-US', signal });

async function all(audio: AsyncIterable<SpeechAudio>): Promise<Int16Array> {
  const parts: Int16Array[] = [];
  for await (const { samples } of audio) parts.push(samples);
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

t.test('a sentence has the length and the level of speech, and no silence at its ends', async (t) => {
  const samples = await all(speak(SENTENCE));
  const seconds = samples.length / provider.rate;
  t.ok(seconds > 3 && seconds < 6, `16 words in ${seconds} s`);
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  t.ok(level > 500 && level < 8000, `level ${level}`);
  const audible = (sample: number) => Math.abs(sample) > 150;
  t.ok(samples.findIndex(audible) <= 0.02 * provider.rate, 'at most 20 ms before it');
  t.ok(samples.length - samples.findLastIndex(audible) <= 0.121 * provider.rate, 'at most 120 ms after it');
});

t.test('the first audio comes soon and is small; slices add up to the same sound', async (t) => {
  const sizes: number[] = [];
  const started = performance.now();
  let first = 0;
  for await (const { samples } of speak(SENTENCE)) {
    first ||= performance.now() - started;
    sizes.push(samples.length);
  }
  t.ok(first < 700, `first audio after ${first.toFixed()} ms`); // 60 ms with the machine to itself
  t.equal(sizes[0], 3200);
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    (await all(speak(SENTENCE))).length,
  );
});

t.test('the same words always sound the same, in each voice its own way', async (t) => {
  const [one, again, man] = await Promise.all([
    all(speak('Good morning')),
    all(speak('Good morning', live, session, 'alloy')),
    all(speak('Good morning', live, session, 'rms')),
  ]);
  t.ok(Buffer.from(one.buffer).equals(Buffer.from(again.buffer)), 'names of other voices get the default one');
  t.notOk(Buffer.from(one.buffer).equals(Buffer.from(man.buffer)));
});

t.test('text without words makes no sound', async (t) => {
  for (const text of ['', '   ', '...', '?!', '—', '🙂', '\u0000\u0007', '```\nlet a = 1\n```', 'Привет']) {
    t.equal((await all(speak(text))).length, 0, JSON.stringify(text));
  }
});

t.test('odd text is spoken without harm', async (t) => {
  for (const text of ['-o /etc/passwd', '%s%n\u0000rest', 'naïve café', '\u202eabc', `${'9'.repeat(60)}`]) {
    t.ok((await all(speak(text))).length > 1000, JSON.stringify(text));
  }
});

t.test('speakable: markup goes, words stay', async (t) => {
  const cases: [string, string[]][] = [
    ['**Hello**, _you_!', ['Hello, you!']],
    ['# Plan\n- first\n2. second', ['Plan first second']],
    ['See [the guide](https://a.b/c) or https://x.y/z?q=1', ['See the guide or a link']],
    ['It’s “fine” — really…', ["It's fine, really,"]],
    ['<b>50%</b> of €20 & 3–5 days', ['50 percent of 20 euros and 3 to 5 days']],
    ['Crème brûlée 🍮 at 20 °C', ['Creme brulee at 20 degrees C']],
  ];
  for (const [text, pieces] of cases) t.same(speakable(text), pieces, text);
});

t.test('speakable: overlong text comes in pieces, cut where a speaker would breathe', async (t) => {
  const text = `${'This is one of the many sentences. '.repeat(20)}${'a'.repeat(500)}`;
  const pieces = speakable(text);
  t.ok(pieces.every((piece) => piece.length <= 240));
  t.match(pieces[0], /\.$/);
  t.equal(pieces.join('').replaceAll(' ', ''), text.replaceAll(' ', ''), 'nothing is lost');
  t.ok(speakable('word '.repeat(100_000)).join(' ').length <= 4000);
});

t.test('an abort before, during and after the first audio ends the iteration with its reason', async (t) => {
  const reason = new Error('barge-in');
  await t.rejects(all(speak(SENTENCE, AbortSignal.abort(reason))), reason);

  const during = new AbortController();
  const running = all(speak(SENTENCE.repeat(3), during.signal));
  const queued = all(speak('Another one.', during.signal));
  setImmediate(() => during.abort(reason));
  const started = performance.now();
  await t.rejects(running, reason);
  await t.rejects(queued, reason);
  t.ok(performance.now() - started < 150, 'at once, not when the voice is through');

  const after = new AbortController();
  let slices = 0;
  await t.rejects(async () => {
    for await (const { samples } of speak(SENTENCE, after.signal)) {
      slices += Math.sign(samples.length);
      after.abort(reason);
    }
  }, reason);
  t.equal(slices, 1);
  t.ok((await all(speak('It still speaks.'))).length > 8000);
});

t.test('what fails or is given up leaves one thread, and the voice goes on', async (t) => {
  const running = all(speak(SENTENCE));
  const [worker] = threads;
  t.ok(worker);
  await worker?.terminate();
  await t.rejects(running, { name: 'ProviderError', code: 'engine_crashed', retryable: true });
  t.ok((await all(speak('Back again.'))).length > 8000);
  t.equal(threads.size, 1);
});

t.test('a queue that is too long is refused, retryably', async (t) => {
  const stop = new AbortController();
  const asked = Array.from({ length: 80 }, () => all(speak('Yes.', stop.signal)));
  const results = Promise.allSettled(asked);
  await t.rejects(Promise.race(asked.slice(70)), { code: 'speech_busy', retryable: true });
  stop.abort(new Error('enough'));
  const reasons = (await results).map((result) => (result.status === 'rejected' ? result.reason.message : ''));
  t.ok(reasons.filter((reason) => reason === 'enough').length >= 60);
});

t.test('closing a session or the provider stops what they speak', async (t) => {
  const own = createEmbeddedSpeech({ workers: 2 });
  await own.ready();
  const [one, two] = [own.open(), own.open()];
  const stopped = all(speak(SENTENCE, live, one));
  const cut = all(speak(SENTENCE, live, two));
  one.close();
  await t.rejects(stopped, { code: 'cancelled' });
  await Promise.all([t.rejects(cut, { code: 'cancelled' }), own.close()]);
  await t.rejects(all(speak(SENTENCE, live, two)), { code: 'cancelled' });
  if (threads.size > 1) await Promise.race([...threads].map((worker) => once(worker, 'exit')));
  t.equal(threads.size, 1, 'only the thread of the other provider is left');
});
