import t from 'tap';
import { goalWords, type LineContext, type LineKind, line } from '../../src/coach/lines.ts';
import { topicOf } from '../../src/coach/topic.ts';
import { wordCount } from '../../src/coach/words.ts';

const KINDS: LineKind[] = ['ask', 'ask_again', 'limit_offer', 'nudge', 'greeting', 'apology'];
const GOALS = [
  null,
  'finish my thesis',
  'I want to be calmer with my kids.',
  'x'.repeat(300),
  '<b>\n# hi',
  'A promotion',
];
const RECENT = [null, 'i had a fight with my new manager', 'i think we can stop here', ''];
const ENDING = /\b(end|finish|close|wrap up|stop|done|end our session|close our session|to a close)\b/i;

function* everyLine(kind: LineKind): Iterable<string[]> {
  for (const seed of ['sess_a', 'sess_b', '', 'sess_c']) {
    for (const goal of GOALS) {
      for (const recent of RECENT) {
        for (const limit of ['time_limit', 'message_limit'] as const) {
          const ctx: Omit<LineContext, 'count'> = { seed, goal, recent, limit };
          yield Array.from({ length: 12 }, (_, count) => line(kind, { ...ctx, count }));
        }
      }
    }
  }
}

for (const kind of KINDS) {
  t.test(`${kind}: speakable, under 40 words, five or more, never the same twice in a row`, async (t) => {
    const wrong: string[] = [];
    const all = new Set<string>();
    for (const lines of everyLine(kind)) {
      lines.forEach((text, at) => {
        all.add(text);
        if (text === lines[at - 1]) wrong.push(`twice: ${text}`);
        if (wordCount(text) >= 40) wrong.push(`long: ${text}`);
        if (!/^[A-Z][\p{L}\p{N} ,.?:'-]+[.?]$/u.test(text)) wrong.push(`markup or form: ${text}`);
        if (/\b(null|undefined)\b/.test(text)) wrong.push(`blank: ${text}`);
      });
      if (new Set(lines).size < 5) wrong.push(`few: ${[...new Set(lines)].join(' | ')}`);
    }
    t.same(wrong, []);
    t.ok(all.size >= 5);
  });
}

for (const kind of ['ask', 'ask_again', 'limit_offer'] as const) {
  t.test(`W1 W4 W8 ${kind} is exactly one question, about ending here`, async (t) => {
    for (const lines of everyLine(kind)) {
      for (const text of lines) {
        const question = text.match(/[^.?]*\?/g) ?? [];
        if (question.length !== 1 || !text.endsWith('?') || !ENDING.test(question[0])) t.fail(text);
      }
    }
    t.match(line(kind, { seed: 's', count: 0, goal: null }), /\?$/);
  });
}

t.test('W9 a nudge asks nothing, so that no question is repeated by it', async (t) => {
  for (const lines of everyLine('nudge')) for (const text of lines) if (text.includes('?')) t.fail(text);
  const texts = Array.from({ length: 7 }, (_, count) =>
    line('nudge', { seed: 's', count, goal: null, recent: 'i had a fight with my new manager' }),
  );
  t.ok(texts.some((text) => text.includes('your new manager')));
});

t.test('the greeting says that the coach is an AI, and the goal in the second person', async (t) => {
  for (const lines of everyLine('greeting')) for (const text of lines) if (!/\bAI\b/.test(text)) t.fail(text);
  for (let count = 0; count < 5; count++) {
    t.match(line('greeting', { seed: 's', count, goal: 'I want to finish my thesis.' }), /\bfinish your thesis\./);
  }
});

t.test('W8 the offer says which limit is near', async (t) => {
  for (let count = 0; count < 5; count++) {
    t.match(line('limit_offer', { seed: 's', count, goal: null, limit: 'time_limit' }), /most of our time/i);
    t.match(line('limit_offer', { seed: 's', count, goal: null, limit: 'message_limit' }), /few messages left/);
  }
});

t.test('the same seed and count give the same line; sessions differ', async (t) => {
  const ctx = { count: 0, goal: null };
  t.equal(line('ask', { ...ctx, seed: 'sess_1' }), line('ask', { ...ctx, seed: 'sess_1' }));
  const firsts = new Set(Array.from({ length: 30 }, (_, at) => line('ask', { ...ctx, seed: `sess_${at}` })));
  t.ok(firsts.size >= 4);
});

t.test('goals are said in passing only where they can be', async (t) => {
  t.equal(goalWords("I'd like to sleep better"), 'sleep better');
  t.equal(goalWords('Get promoted in my job.'), 'get promoted in your job');
  t.equal(goalWords('AI for my team'), 'AI for your team');
  t.equal(goalWords('one two three four five six seven eight nine ten eleven'), null);
  t.equal(goalWords('  '), null);
});

t.test('topics are noun phrases of the person, and not the talk itself', async (t) => {
  const cases: [string, string | null][] = [
    ['i had a fight with my new manager', 'your new manager'],
    ['my sister called and she was angry', 'your sister'],
    ['my manager left the company', 'your manager'],
    ['i am behind with the thesis', 'the thesis'],
    ['my job interview is on monday', 'your job interview'],
    ['i think we can end the session here', null],
    ['the thing is my time is up', null],
    ['yes', null],
  ];
  for (const [said, topic] of cases) t.equal(topicOf(said), topic, said);
});
