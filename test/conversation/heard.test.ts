import fc from 'fast-check';
import t from 'tap';
import { type HeardChunk, heardText } from '../../src/conversation/heard.ts';

const two: HeardChunk[] = [
  { text: 'That makes sense. ', start_ms: 0, duration_ms: 1000 },
  { text: 'What would help you now?', start_ms: 1000, duration_ms: 1500 },
];

t.test('nothing at 0, before it, or where it is not a number', async (t) => {
  for (const ms of [0, -1, Number.NaN]) t.equal(heardText(two, ms), '');
  t.equal(heardText([], 500), '');
  t.equal(heardText([{ text: 'Hi.', start_ms: 100, duration_ms: 300 }], 100), '');
});

t.test('whole chunks, and whole words of the one that was cut', async (t) => {
  t.equal(heardText(two, 150), '');
  t.equal(heardText(two, 400), 'That');
  t.equal(heardText(two, 999), 'That makes', 'the last word is over only when its chunk is');
  t.equal(heardText(two, 1000), 'That makes sense.');
  t.equal(heardText(two, 1100), 'That makes sense.');
  t.equal(heardText(two, 1600), 'That makes sense. What would');
  t.equal(heardText(two, 2500), 'That makes sense. What would help you now?');
  t.equal(heardText(two, 1e9), 'That makes sense. What would help you now?');
});

t.test('digits take longer to say than letters', async (t) => {
  const [letters, digits] = ['alph', '1234'].map((first) => [{ text: `${first} beta`, start_ms: 0, duration_ms: 900 }]);
  t.equal(heardText(letters ?? [], 450), 'alph');
  t.equal(heardText(digits ?? [], 450), '');
  t.equal(heardText(digits ?? [], 700), '1234');
});

t.test('a chunk whose audio is still being made was not heard whole', async (t) => {
  const chunk = { text: 'What would help you most now?', start_ms: 0, duration_ms: 700 };
  t.equal(heardText([chunk], 700), 'What would help you most now?');
  t.equal(heardText([{ ...chunk, done: false }], 700), 'What would');
  t.equal(heardText([{ ...chunk, done: false }], 60_000), 'What would', 'more than there is cannot be heard');
  t.equal(heardText([{ ...chunk, duration_ms: 0, done: false }], 10), '');
});

t.test('a script without spaces is cut at a character', async (t) => {
  t.equal(heardText([{ text: '你今天怎么样', start_ms: 0, duration_ms: 600 }], 300), '你今天');
});

const chunksOf = fc
  .array(
    fc.record({
      text: fc.oneof(fc.lorem({ maxCount: 12 }), fc.string({ maxLength: 40 }), fc.constant('3.5 hours, 20 %. ')),
      duration_ms: fc.double({ min: 0, max: 9000, noNaN: true }),
      gap: fc.nat(300),
      done: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((parts) => {
    let start_ms = 0;
    return parts.map(({ text, duration_ms, gap, done }): HeardChunk => {
      const chunk = { text, start_ms, duration_ms, done };
      start_ms += duration_ms + gap;
      return chunk;
    });
  });
const ms = fc.double({ min: 0, max: 60_000, noNaN: true });
const seeded = { seed: 20261122, numRuns: 500 };

t.test('property: more time never takes words back', async (t) => {
  fc.assert(
    fc.property(chunksOf, ms, ms, (chunks, a, b) => {
      const [early, late] = [heardText(chunks, Math.min(a, b)), heardText(chunks, Math.max(a, b))];
      return late.startsWith(early);
    }),
    seeded,
  );
  t.pass('held');
});

t.test('property: never more than had been started, never half a word, all of it at the end', async (t) => {
  fc.assert(
    fc.property(chunksOf, ms, (chunks, heard_ms) => {
      const heard = heardText(chunks, heard_ms);
      const started = chunks.filter((chunk) => chunk.start_ms < heard_ms || chunk.duration_ms === 0);
      const all = started.map((chunk) => chunk.text).join('');
      const rest = all.trim().slice(heard.length);
      const finished = heardText(
        chunks.map((chunk) => ({ ...chunk, done: true })),
        1e9,
      );
      return (
        all.trim().startsWith(heard) &&
        (heard === '' || rest === '' || /^\s/.test(rest) || started.some((chunk) => all.endsWith(chunk.text))) &&
        finished ===
          chunks
            .map((chunk) => chunk.text)
            .join('')
            .trim()
      );
    }),
    seeded,
  );
  t.pass('held');
});
