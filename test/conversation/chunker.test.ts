import fc from 'fast-check';
import t from 'tap';
import { Chunker, HARD_LIMIT_CHARS, LIMIT_CHARS } from '../../src/conversation/chunker.ts';

function chunks(...deltas: string[]): string[] {
  const chunker = new Chunker();
  const out = deltas.flatMap((delta) => chunker.push(delta));
  return [...out, ...chunker.end()];
}

/** Cuts a text at the given places, however many and wherever they are. */
function cutUp(text: string, places: number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length));
}

const TABLE: [string, string, string[]][] = [
  ['nothing', '', []],
  ['a sentence', 'That makes sense.', ['That makes sense.']],
  ['two', 'That makes sense. What would help?', ['That makes sense. ', 'What would help?']],
  ['very short ones join the next', 'Yes. That makes sense. What now?', ['Yes. That makes sense. ', 'What now?']],
  [
    'short ones join later too',
    'That sounds really hard. I see. And yet you went on with it. Wow. Good for you!',
    ['That sounds really hard. ', 'I see. And yet you went on with it. ', 'Wow. Good for you!'],
  ],
  [
    'first chunk: a clause from 25 characters on',
    'It sounds like work is a lot, and that you are tired of carrying it alone.',
    ['It sounds like work is a lot, ', 'and that you are tired of carrying it alone.'],
  ],
  [
    'first chunk: not at a clause before that',
    'Okay, so what would a good evening look like?',
    ['Okay, so what would a good evening look like?'],
  ],
  [
    'first chunk: before a conjunction',
    'You have done this before and you know what it takes to begin.',
    ['You have done this before ', 'and you know what it takes to begin.'],
  ],
  [
    'first chunk: a dash',
    'There is something important here — you said it twice.',
    ['There is something important here — ', 'you said it twice.'],
  ],
  [
    'first chunk: a dash without spaces',
    'There is something important here—you said it twice.',
    ['There is something important here—', 'you said it twice.'],
  ],
  [
    'first chunk: a word by 60',
    'What would it look like for you to take one small step towards that tomorrow morning?',
    ['What would it look like for you to take one small step ', 'towards that tomorrow morning?'],
  ],
  ['decimals', 'You slept 3.5 hours. That is short.', ['You slept 3.5 hours. ', 'That is short.']],
  ['thousands', 'It is about 1,000 steps a day. Fine?', ['It is about 1,000 steps a day. ', 'Fine?']],
  ['times', 'Meet at 9:30 a.m. on Monday then. Okay?', ['Meet at 9:30 a.m. on Monday then. ', 'Okay?']],
  ['a.m. at the end', 'You wake at 6 a.m. That is early.', ['You wake at 6 a.m. ', 'That is early.']],
  ['titles', 'You could ask Dr. Smith about it. Would you?', ['You could ask Dr. Smith about it. ', 'Would you?']],
  ['e.g.', 'Try a habit, e.g. a walk. It helps.', ['Try a habit, e.g. a walk. ', 'It helps.']],
  ['initials', 'The U.S. Army said J. Smith ran. Good.', ['The U.S. Army said J. Smith ran. ', 'Good.']],
  ['so do I', 'You like running and so do I. What else?', ['You like running and so do I. ', 'What else?']],
  ['No. 5', 'That is rule No. 5 of ten. Nice.', ['That is rule No. 5 of ten. ', 'Nice.']],
  ['ellipsis, going on', 'I wonder... maybe it is time. Yes?', ['I wonder... maybe it is time. ', 'Yes?']],
  ['ellipsis, at an end', 'You were tired then… What changed?', ['You were tired then… ', 'What changed?']],
  ['?!', 'You really did that?! That is big.', ['You really did that?! ', 'That is big.']],
  [
    'quotes stay whole and keep their marks',
    'You said, "I am tired. I want out." What did you mean?',
    ['You said, "I am tired. I want out." ', 'What did you mean?'],
  ],
  ['asked, she', '"Why me?" she asked. You heard it.', ['"Why me?" she asked. ', 'You heard it.']],
  ['curly quotes', 'You wrote “I can. I will.” Well done!', ['You wrote “I can. I will.” ', 'Well done!']],
  [
    'a quote opens the next chunk',
    'That is a good word. "Enough" it is.',
    ['That is a good word. ', '"Enough" it is.'],
  ],
  ['brackets', 'Start with one (just one). Which is it?', ['Start with one (just one). ', 'Which is it?']],
  ['emoji stays behind', 'That is great news! 🎉 What is next?', ['That is great news! 🎉 ', 'What is next?']],
  [
    'lists',
    'Here are two things to try:\n1. Walk every day.\n2. Sleep eight hours.',
    ['Here are two things to try:\n', '1. Walk every day.\n2. Sleep eight hours.'],
  ],
  ['bullets', 'Here are two to try now:\n- A walk\n- A nap', ['Here are two to try now:\n', '- A walk\n- A nap']],
  ['spaces at both ends', '  Hello there, you.  \n', ['  Hello there, you.  \n']],
  ['nothing to say', ' ... — ', [' ... — ']],
  ['marks at the end stay with their sentence', 'Take your time here. ... !', ['Take your time here. ... !']],
  ['other scripts', '你今天感觉怎么样，有什么想说的？我在听。', ['你今天感觉怎么样，有什么想说的？', '我在听。']],
];

for (const [name, text, want] of TABLE) {
  t.test(`chunks: ${name}`, async (t) => t.same(chunks(text), want));
}

t.test('the first chunk is out as soon as the next word begins', async (t) => {
  const chunker = new Chunker();
  t.same(chunker.push('That makes sense.'), [], 'a digit or a capital may still change what the stop is');
  t.same(chunker.push(' '), []);
  t.same(chunker.push('W'), ['That makes sense. ']);
  t.same(chunker.end(), ['W']);
});

t.test('after end() it is as new', async (t) => {
  const chunker = new Chunker();
  const text = 'Yes. That makes sense. It sounds like "work is a lot, and more';
  const once = [...chunker.push(text), ...chunker.end()];
  t.same([...chunker.push(text), ...chunker.end()], once);
  t.same(chunker.end(), []);
});

t.test('a long sentence is cut at clauses', async (t) => {
  const clause = 'the evenings are long and quiet when nobody calls';
  const text = `Start here. ${Array(9).fill(clause).join(', ')}.`;
  const parts = chunks(text);
  t.ok(parts.length > 2);
  for (const part of parts) t.ok(part.length <= LIMIT_CHARS, `${part.length} characters`);
  for (const part of parts.slice(1, -1)) t.match(part, /(, |quiet )$/, 'ends at a comma, or before "when"');
});

t.test('text without any gap has an end, and does not halve a character', async (t) => {
  const parts = chunks('𝒜'.repeat(1000));
  t.equal(parts.join(''), '𝒜'.repeat(1000));
  for (const part of parts) {
    t.ok(part.length <= HARD_LIMIT_CHARS + 1);
    t.ok(part.isWellFormed());
  }
});

const word = fc.constantFrom(
  ...'I you feel tired today Dr. e.g. U.S. 3.5 1,000 9:30 a.m. and but because No. well-known "yes" (no) … ... 🎉'.split(
    ' ',
  ),
  'a',
  'conversation',
);
const glue = fc.constantFrom(' ', ' ', ' ', '. ', ', ', '? ', '! ', ' — ', '\n', '\n\n', '; ', ': ', '." ', ' "', '');
const prose = fc.array(fc.tuple(word, glue), { maxLength: 120 }).map((pairs) => pairs.map(([a, b]) => a + b).join(''));
const anyText = fc.oneof(prose, fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 700 }));
const seeded = { seed: 20261122, numRuns: 400 };

t.test('property: nothing is lost, whatever the text and however it comes', async (t) => {
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(2000), { maxLength: 60 }), (text, places) => {
      const deltas = cutUp(text, places);
      return deltas.join('') === text && chunks(...deltas).join('') === text;
    }),
    seeded,
  );
  t.pass('held');
});

t.test('property: chunks do not depend on how the text was cut up', async (t) => {
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(2000), { maxLength: 60 }), (text, places) => {
      t.same(chunks(...cutUp(text, places)), chunks(text));
    }),
    seeded,
  );
});

t.test('property: every chunk has something to say, unless the text has nothing', async (t) => {
  fc.assert(
    fc.property(anyText, (text) => {
      const parts = chunks(text);
      const speaks = (part: string) => /[\p{L}\p{N}]/u.test(part);
      return parts.every((part) => part !== '') && (speaks(text) ? parts.every(speaks) : parts.length <= 1);
    }),
    seeded,
  );
  t.pass('held');
});

t.test('property: no chunk of prose is longer than the limit', async (t) => {
  fc.assert(
    fc.property(prose, (text) => {
      // Words glued together without a space may need the hard limit.
      return chunks(text).every((part) => part.length <= HARD_LIMIT_CHARS + 60);
    }),
    seeded,
  );
  const plain = fc.array(fc.constantFrom('so', 'evening,', 'conversation', 'tired', 'and', 'well.'), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(plain, (words) => chunks(words.join(' ')).every((part) => part.trim().length <= LIMIT_CHARS)),
    seeded,
  );
  t.pass('held');
});

t.test('linear: ten times the text takes about ten times as long', async (t) => {
  const cost = (text: string) => {
    const from = process.cpuUsage();
    const chunker = new Chunker();
    for (const c of text) chunker.push(c);
    chunker.end();
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  for (const [name, unit] of [
    ['prose', 'It sounds like a lot, and you carry it. '],
    ['no letter', '. '],
    ['no gap', 'x'],
  ] as const) {
    const of = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
    cost(of(20_000));
    const small = Math.min(cost(of(20_000)), cost(of(20_000)));
    const big = Math.min(cost(of(200_000)), cost(of(200_000)));
    // Quadratic would be a hundred times; the rest is the noise of a shared machine.
    t.ok(big < 40 * Math.max(small, 1000), `${name}: ${small} µs, then ${big} µs`);
  }
});

t.test('the first sentence is out with its last token, where nothing that may follow can change that', async (t) => {
  const first = (...tokens: string[]): string => {
    const chunker = new Chunker();
    for (const token of tokens) {
      const out = [...chunker.push(token), ...chunker.hurry()];
      if (out.length > 0) return out.join('|');
    }
    return '';
  };
  t.equal(first('That', ' sounds', ' heavy', '.'), 'That sounds heavy.');
  t.equal(first('That sounds ', 'heavy. '), 'That sounds heavy. ');
  t.equal(first('What would help you', '?'), 'What would help you?');
  t.equal(first('I spoke with Dr', '.'), '', 'an abbreviation goes on');
  t.equal(first('It is about 3', '.'), '', 'a number may go on');
  t.equal(first('Hm, well...'), '', 'an ellipsis may go on');
  t.equal(first('Yes', '.'), '', 'too short to be spoken alone');
  t.equal(first('You said "I am tired.'), '', 'inside a quotation');
});

t.test('hurrying keeps every character', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('Well', ' then', '. ', '.', '?', ' "', 'a', '3', ' Dr', '\n', '…', ' go on')),
      (deltas) => {
        const chunker = new Chunker();
        const out = deltas.flatMap((delta) => [...chunker.push(delta), ...chunker.hurry()]);
        return [...out, ...chunker.end()].join('') === deltas.join('');
      },
    ),
    { numRuns: 2000, seed: 7 },
  );
});
