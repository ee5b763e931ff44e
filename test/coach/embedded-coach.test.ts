import t from 'tap';
import { composeReply, createEmbeddedCoach } from '../../src/coach/embedded-coach.ts';
import * as lines from '../../src/coach/embedded-lines.ts';
import { buildPrompt, foldNotes } from '../../src/coach/prompt.ts';
import { reflectable, subjectOf } from '../../src/coach/reflect.ts';
import { plain, wordCount } from '../../src/coach/words.ts';
import type { ChatMessage, CoachRequest, CoachTask } from '../../src/providers/types.ts';

const TALK = [
  'hi i feel stuck in my job',
  'well my manager never listens to me and i was passed over for the promotion twice',
  'i think i want to be taken seriously',
  'it happens in every meeting i say something and he just talks over me',
  'i get angry and then i go quiet',
  'yes',
  'i dont know',
  'i could ask her for a meeting or write her a letter',
  'what should i do about my colleague',
  'the the um',
  'can we talk about my sister',
  'I was late. I am ashamed.',
  'i will call her on monday',
  'i will write a letter',
  'xkcd qwrt zzz',
  'no',
  'my mother is ill and im the only one who looks after her and im exhausted and my brother does nothing at all and it has been like that for years',
];

function request(
  messages: ChatMessage[],
  turn: number,
  task: CoachTask = 'coach',
  goal: string | null = null,
): CoachRequest {
  return { model: 'embedded', task, messages, user_turns: turn, goal, language: 'en-US' };
}

/** Talks through `said`; the replies. `window`: messages the coach gets to see. */
function talk(said: string[], window = Number.POSITIVE_INFINITY, goal: string | null = null): string[] {
  const messages: ChatMessage[] = [];
  return said.map((content, at) => {
    messages.push({ role: 'user', content });
    const reply = composeReply(request(messages.slice(-window), at + 1, 'coach', goal));
    messages.push({ role: 'assistant', content: reply });
    return reply;
  });
}

const questions = (reply: string) => reply.match(/[^.?!]*\?/g) ?? [];
const one = (content: string, turn = 3) => composeReply(request([{ role: 'user', content }], turn));

t.test('every reply has at most 60 words and one question, and no markup', async (t) => {
  for (const goal of [null, 'finish my thesis']) {
    for (const reply of talk([...TALK, ...TALK, ...TALK, ''], 24, goal)) {
      t.ok(wordCount(reply) <= 60 && reply.length > 0, reply);
      t.ok(questions(reply).length <= 1, reply);
      t.notMatch(reply, /[{}*_#<>]|undefined|\bnull\b|\bi\b/, reply);
      t.match(reply, /^\p{Lu}.*[.?]$/u, reply);
    }
  }
});

t.test('no question is asked twice in a session', async (t) => {
  const said = Array.from({ length: 60 }, (_, at) => TALK[at % TALK.length] ?? '');
  const asked = talk(said).flatMap(questions).map(plain);
  t.equal(new Set(asked).size, asked.length);
  t.ok(asked.length >= 50, `${asked.length} questions in 60 turns`);
  const turns: ChatMessage[] = [];
  const prompted: string[] = [];
  for (const [at, content] of said.slice(0, 40).entries()) {
    turns.push({ role: 'user', content });
    const prompt = buildPrompt({ goal: null, language: 'en-US', task: 'coach', notes: foldNotes(turns), turns });
    const reply = composeReply(request(prompt, at + 1));
    turns.push({ role: 'assistant', content: reply });
    prompted.push(...questions(reply).map(plain));
  }
  t.equal(new Set(prompted).size, prompted.length, 'also where the prompt shows the last turns only');
});

t.test('a question that an interruption cut is not asked again', async (t) => {
  const [first = ''] = questions(one('i feel stuck in my job', 1));
  const cut = first.trim().split(' ').slice(0, 5).join(' ');
  const messages: ChatMessage[] = [
    { role: 'user', content: 'i feel stuck in my job' },
    { role: 'assistant', content: cut },
    { role: 'user', content: 'i feel stuck in my job' },
  ];
  t.notMatch(composeReply(request(messages, 1)), cut);
});

t.test('the user hears their own words, turned to them', async (t) => {
  t.match(one('my boss always interrupts me'), /your boss always interrupts you\./);
  t.match(one('I am tired and was late because of my kids.'), /you are tired and were late/);
  t.match(one('i was afraid that i would lose my job'), /you were afraid that you would lose your job\./);
  t.match(one('my sister and i were always close'), /your sister and you were always close\./);
  t.match(
    one('I think I want a break'),
    /: you want a break|that you want a break|if you want a break|you, you want a break|So you want a break/,
  );
  t.same(reflectable('you are right'), [], 'what was said to the coach is not turned round');
  t.same(reflectable('shall i go?'), []);
  t.same(reflectable('my manager never listens to me and i was hurt and then i'), [
    'your manager never listens to you',
    'you were hurt',
  ]);
});

t.test('GROW: a plan is met with its when or its how, options with options', async (t) => {
  t.match(
    one('i will write her a letter', 8),
    /write her a letter\. (When|What would be a good day|How soon|At what time)/,
  );
  const dated = one('i will call my boss on monday', 8);
  t.ok(
    lines.QUESTIONS.way.some((question) => dated.endsWith(question)),
    dated,
  );
  const option = one('i could ask my wife for help', 5);
  t.ok(
    lines.QUESTIONS.options.some((question) => option.endsWith(question)),
    option,
  );
  const first = one('work is hard at the moment', 1);
  t.ok(
    lines.QUESTIONS.goal.some((question) => first.endsWith(question)),
    first,
  );
  const goal = composeReply(
    request([{ role: 'user', content: 'work is hard at the moment' }], 2, 'coach', 'rest more'),
  );
  t.ok(
    lines.QUESTIONS.reality.some((question) => goal.endsWith(question)),
    goal,
  );
});

t.test('W3 continue goes on with what was talked about; W4 a new topic is taken up', async (t) => {
  const before: ChatMessage[] = [
    { role: 'user', content: 'my boss always interrupts me' },
    { role: 'assistant', content: 'Shall we end the session here?' },
  ];
  const go = (content: string, task: CoachTask) =>
    composeReply(request([...before, { role: 'user', content }], 6, task));
  t.match(go('no', 'continue'), /your boss always interrupts you/);
  t.match(go('okay but can we do the salary talk first', 'continue'), /let's turn to the salary talk\..*\?$/);
  t.match(go('my brother wants to borrow money again', 'new_topic'), /your brother wants to borrow money again\..*\?$/);
  t.match(go('can we talk about my sister', 'new_topic'), /it is about your sister\./);
  t.equal(subjectOf('i talked about my sister'), null);
});

t.test('short, unclear and garbled words are met with a gentle request for more', async (t) => {
  for (const said of ['yes', 'no', 'um', '', '...', 'the the um', 'xkcd qwrt zzz', 'work']) {
    const reply = one(said);
    const gentle = [...lines.MORE_QUESTIONS, ...lines.MORE_INVITATIONS];
    t.ok(
      gentle.some((question) => reply.endsWith(question)),
      `${said}: ${reply}`,
    );
  }
  t.ok(lines.UNSURE_QUESTIONS.some((question) => one('i dont know').endsWith(question)));
});

t.test('no advice, no diagnosis, and honest about being an AI', async (t) => {
  t.ok(lines.NO_ADVICE.some((text) => one('what should i do now').startsWith(text)));
  t.match(one('are you a real person'), /AI coach, not a person/);
  t.match(one('should i stop taking my medication'), /doctor/);
  t.match(one('should i sue my landlord'), /expert/);
});

t.test('with nothing said at all it opens the talk', async (t) => {
  t.equal(composeReply(request([{ role: 'system', content: 'x' }], 0)), lines.FIRST_QUESTION);
});

t.test('the reply comes word by word and is the same each time; an abort ends it', async (t) => {
  const coach = createEmbeddedCoach();
  const asked = request([{ role: 'user', content: 'my boss always interrupts me' }], 2);
  const deltas: string[] = [];
  for await (const delta of coach.reply(asked, new AbortController().signal)) deltas.push(delta);
  t.equal(deltas.join(''), composeReply(asked));
  t.equal(deltas.length, composeReply(asked).split(' ').length);
  const abort = new AbortController();
  const heard: string[] = [];
  const reason = new Error('barge-in');
  await t.rejects(async () => {
    for await (const delta of coach.reply(asked, abort.signal)) {
      heard.push(delta);
      if (heard.length === 3) abort.abort(reason);
    }
  }, reason);
  t.equal(heard.length, 3);
  await t.rejects(coach.summarise([], 'embedded', abort.signal), reason);
  t.match(
    await coach.summarise(
      [{ role: 'user', content: 'i will call my boss on monday' }],
      'embedded',
      new AbortController().signal,
    ),
    {
      action_items: [{ title: 'Call your boss', due: 'Monday' }],
    },
  );
});
