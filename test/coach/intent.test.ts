import t from 'tap';
import { type IntentContext, readMeaning } from '../../src/coach/intent.ts';
import { COACHING, CONFIRMING } from './intent-cases.ts';

const coaching: IntentContext = { phase: 'coaching', lastCoachText: 'What matters most to you?', userTurns: 4 };
const confirming: IntentContext = {
  phase: 'confirming',
  lastCoachText: 'Shall we end the session here?',
  userTurns: 5,
};
/** In `confirming` both close the session (W2, W5). */
const CLOSES = new Set(['yes', 'end_request']);

t.test('W1 requests to end are told from everything else in coaching', async (t) => {
  for (const [meaning, sentences] of Object.entries(COACHING)) {
    for (const sentence of sentences) t.equal(readMeaning(sentence, coaching).meaning, meaning, sentence);
  }
});

t.test('W2 W3 W4 W5 answers to the question are read', async (t) => {
  for (const [meaning, sentences] of Object.entries(CONFIRMING)) {
    for (const sentence of sentences) {
      const read = readMeaning(sentence, confirming).meaning;
      if (CLOSES.has(meaning)) t.ok(CLOSES.has(read), `${sentence}: ${read}`);
      else t.equal(read, meaning, sentence);
    }
  }
});

t.test('there are enough cases to learn from, and none twice', async (t) => {
  const all = [...Object.values(COACHING), ...Object.values(CONFIRMING)].map((list) => new Set(list).size);
  t.same(
    all,
    [...Object.values(COACHING), ...Object.values(CONFIRMING)].map((list) => list.length),
  );
  t.ok(all.reduce((sum, size) => sum + size, 0) >= 150);
});

t.test('punctuation, case and apostrophes do not matter', async (t) => {
  for (const text of ["Let's stop for today.", 'LETS STOP FOR TODAY', 'let’s stop, for today!']) {
    t.equal(readMeaning(text, coaching).meaning, 'end_request', text);
  }
});

t.test('what the coach asked last is part of the meaning', async (t) => {
  const asked = { ...coaching, lastCoachText: 'Is there anything else you want to look at today?' };
  t.equal(readMeaning('no', asked).meaning, 'end_request');
  t.equal(readMeaning('no', coaching).meaning, 'ordinary');
});

t.test('silence and noise are unclear as an answer and ordinary otherwise; a crisis is not its business', async (t) => {
  t.equal(readMeaning('', confirming).meaning, 'unclear');
  t.equal(readMeaning(' ... ', coaching).meaning, 'ordinary');
  t.equal(readMeaning('i want to kill myself', coaching).meaning, 'ordinary');
});

t.test('confidence is within 0.5..1, and a very long turn is read at once', async (t) => {
  for (const sentence of [...COACHING.end_request, ...COACHING.ordinary]) {
    const { confidence } = readMeaning(sentence, coaching);
    if (!(confidence >= 0.5 && confidence <= 1)) t.fail(`${sentence}: ${confidence}`);
  }
  const started = performance.now();
  readMeaning('okay i think we can really maybe just stop and go on with the '.repeat(400), coaching);
  readMeaning('no yes okay '.repeat(3000), confirming);
  t.ok(performance.now() - started < 500, 'no pattern runs away on 25 kB and more');
});

t.test('a request that the recogniser misheard is still one; stopping something else is none', async (t) => {
  const coaching = { phase: 'coaching' as const, lastCoachText: null, userTurns: 5 };
  t.equal(readMeaning('thank you i think i would like to stop care for today', coaching).meaning, 'end_request');
  t.equal(readMeaning('okay i think we can stop year for now', coaching).meaning, 'end_request');
  t.equal(readMeaning('i want to stop eating for today', coaching).meaning, 'ordinary');
});
