import fc from 'fast-check';
import t from 'tap';
import { type Detection, MAX_PAUSE_MS, requiredPause } from '../../src/conversation/endpointing.ts';
import { isDeepQuestion } from '../../src/conversation/phrases.ts';

const LEVELS = ['high', 'medium', 'low'] as const;
const PAUSES = {
  fast: { high: 300, medium: 450, low: 800 },
  unclear: { high: 600, medium: 900, low: 1500 },
  short: { high: 800, medium: 1200, low: 2000 },
  trailing: { high: 1200, medium: 1900, low: 3200 },
} as const;

const DEEP = 'I hear you. What would change if you did that?';
const CLOSED = 'Would you like to stop here?';

function check(want: keyof typeof PAUSES, partials: string[], question: string | null = null, speech_ms = 1500): void {
  for (const partial of partials) {
    t.test(`"${partial}" after ${question ?? 'nothing'} is ${want}`, async (t) => {
      for (const eagerness of LEVELS) {
        const detection: Detection = { type: 'semantic_vad', eagerness };
        t.equal(requiredPause({ detection, partial, speech_ms, question }), PAUSES[want][eagerness], eagerness);
      }
    });
  }
}

check('fast', [
  ...['yes', 'no', 'okay', 'okay bye', 'goodbye', 'hello', 'hi there', 'thank you', 'thanks a lot', 'not really'],
  ...['yes i do', "no it isn't", 'yes i am', "no i can't", 'i think so', "i don't think so", 'that makes sense'],
  ...[
    "yes please let's stop",
    'i want to change my job',
    'i had a really bad day at work',
    'my sister called me today',
  ],
  ...['work is hard', 'i am tired', 'it went well today', 'i like that', 'i would love to try that'],
  ...['what do you think', 'so what should i do', 'what was it like', 'can you tell me what you mean'],
  ...['i want to end the session', "let's stop here", 'i slept three hours last night', "that is what it's like"],
]);
check('trailing', [
  ...['because', 'i stopped because', 'i was at work and', 'i tried but', 'it was hard so', 'i could call her or'],
  ...['i wonder if', 'i went to the', 'it was a', 'i want to', 'i am afraid of', 'i was like', 'i feel like'],
  ...['well i feel like', 'um', 'i went home uh', 'it is about my', 'yesterday i', 'i think that', "maybe it's"],
  ...[
    'i mean',
    'you know',
    'the thing is',
    "it's just that the problem is",
    'let me think',
    'wait',
    'i think',
    'i guess',
  ],
  ...['i would say', 'she told me that', 'when', 'the reason is that my boss is', 'it makes me feel very', 'what if i'],
  ...['i was on my way to work and then', 'I stopped because…', 'There is my job, ', 'i have been'],
]);
check('unclear', [
  ...['', '   ', 'maybe', "i don't know", 'not sure', 'my job', 'work mostly stuff', 'the evenings', 'it depends'],
  ...[
    'that is what i want',
    'i do not know how it feels',
    'it is something that i am afraid of',
    'she told me what i need',
  ],
  ...['i am not sure what it means', 'i would rather have', 'and i went out then'],
]);
check('short', ['my job', 'freedom', 'the evenings', 'less stress', 'nothing much'], DEEP);
check('fast', ['yes', 'no', 'okay', 'bye', 'nothing', 'not really', 'my whole life would change'], DEEP);
check('fast', ['yes', 'no', 'yes please', 'no not yet', 'sure'], CLOSED);
check('unclear', ['my job', 'tomorrow maybe not'], CLOSED);
check('unclear', ["i don't know"], DEEP);
check('short', ['maybe', 'not sure'], DEEP);
check('trailing', ['because', 'um'], DEEP);

t.test('a transcript that is behind the speech settles nothing', async (t) => {
  const at = (partial: string, speech_ms: number) =>
    requiredPause({ detection: { type: 'semantic_vad', eagerness: 'medium' }, partial, speech_ms, question: null });
  t.equal(at('i like that', 1200), 450);
  t.equal(at('i like that', 6000), 900, 'three words in six seconds');
  t.equal(at('yes', 400), 450);
  t.equal(at('yes', 5000), 900);
  t.equal(at('i like that because', 9000), 1900, 'what promised more still does');
  t.equal(at('i want to change my job this year', 6000), 450);
});

t.test('a recogniser that writes marks is understood as well', async (t) => {
  const at = (partial: string) =>
    requiredPause({
      detection: { type: 'semantic_vad', eagerness: 'medium' },
      partial,
      speech_ms: 1500,
      question: null,
    });
  t.equal(at('Yes, I do.'), 450);
  t.equal(at('I don’t think so.'), 450);
  t.equal(at('I had a bad day —'), 1900);
  t.equal(at('I had a bad day,'), 1900);
  t.equal(at('I wanted to...'), 1900);
});

t.test('server_vad waits just as long as it was told, up to the bound', async (t) => {
  const at = (silence_duration_ms: number, partial = 'because') =>
    requiredPause({ detection: { type: 'server_vad', silence_duration_ms }, partial, speech_ms: 900, question: DEEP });
  t.equal(at(500), 500);
  t.equal(at(0), 0);
  t.equal(at(737, 'yes'), 737);
  t.equal(at(4000), 4000);
  t.equal(at(60_000), MAX_PAUSE_MS);
  t.equal(at(-5), 0);
});

t.test('questions that want a thought, and those that want a fact', async (t) => {
  for (const question of [
    'What would that give you?',
    'That sounds hard. How did it feel?',
    'And why now?',
    'Tell me more about that.',
    'So what is stopping you?',
    'Before we go on, what do you want from today?',
  ]) {
    t.equal(isDeepQuestion(question), true, question);
  }
  for (const question of [
    'Would you like to stop here?',
    'How are you?',
    'How many hours did you sleep?',
    'What would help? Is it rest?',
    'I see.',
    '',
  ]) {
    t.equal(isDeepQuestion(question), false, question);
  }
});

t.test('property: any words give a pause between 0 and the bound, and more eagerness never a longer one', async (t) => {
  const some = fc.array(
    fc.constantFrom(
      ...'i you and because yes no the to what feel like think maybe so work is that good um 你 über'.split(' '),
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        some.map((list) => list.join(' ')),
        fc.string({ maxLength: 200 }),
      ),
      fc.option(fc.string(), { nil: null }),
      fc.integer({ min: 0, max: 100_000 }),
      (partial, question, speech_ms) => {
        const [high = -1, medium = -1, low = -1] = LEVELS.map((eagerness) =>
          requiredPause({ detection: { type: 'semantic_vad', eagerness }, partial, question, speech_ms }),
        );
        return 0 < high && high < medium && medium < low && low <= MAX_PAUSE_MS;
      },
    ),
    { seed: 20261122, numRuns: 500 },
  );
  t.pass('held');
});

t.test('a long transcript takes no time to judge', async (t) => {
  const partial = 'what i you feel that think '.repeat(2000);
  const from = process.cpuUsage().user;
  for (const eagerness of LEVELS) {
    requiredPause({ detection: { type: 'semantic_vad', eagerness }, partial, speech_ms: 1000, question: partial });
  }
  t.ok(process.cpuUsage().user - from < 300_000, 'under 0.1 s each');
});
