import t from 'tap';
import { actionItem } from '../../src/coach/actions.ts';
import { clauses } from '../../src/coach/clauses.ts';
import { closingSpeech, extractSummary } from '../../src/coach/summary.ts';
import { wordCount } from '../../src/coach/words.ts';
import type { ChatMessage, SessionSummary } from '../../src/providers/types.ts';
import type { EndReason } from '../../src/store/types.ts';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const coach = (content: string): ChatMessage => ({ role: 'assistant', content });

const PLANS: [string, string, string?][] = [
  ['i will call my boss on monday', 'Call your boss', 'Monday'],
  [
    "I'll write down three things I am proud of every evening.",
    'Write down three things you are proud of',
    'every evening',
  ],
  ["i'm going to talk to my wife tonight", 'Talk to your wife', 'tonight'],
  ['im gonna ask for a raise next week', 'Ask for a raise', 'next week'],
  ['tomorrow i will go for a run', 'Go for a run', 'tomorrow'],
  ['my first step is to update my cv by friday', 'Update your cv', 'by Friday'],
  ['i need to send him the draft by the end of the week', 'Send him the draft', 'by the end of the week'],
  ['i plan to say no to extra work', 'Say no to extra work'],
  ['i will tell him that i am unhappy because i was passed over', 'Tell him that you are unhappy'],
  ['i will probably just ask her', 'Ask her'],
  ['i have decided to quit smoking in january', 'Quit smoking', 'in January'],
  ['i will call her tomorrow morning at nine', 'Call her', 'tomorrow morning at nine'],
  ['on sunday i will cook for my parents', 'Cook for your parents', 'Sunday'],
];
const NO_PLANS = [
  'i will be late',
  'i will never forgive him',
  "i'm not going to call him",
  'i am going to the gym',
  'i am going to lose my job',
  'if he says no i will leave',
  'he will call me on monday',
  'i need to be stronger',
  'i want to be calmer',
  'i will do it',
  'i am tired on monday',
  'i have three children',
  'i called my boss on monday',
  "i'll let you go",
];

t.test('plans become action items in the second person, with their time', async (t) => {
  for (const [said, title, due] of PLANS)
    t.same(actionItem(said), due === undefined ? { title } : { title, due }, said);
  for (const said of NO_PLANS) t.equal(actionItem(said), null, said);
});

t.test('speech without punctuation is cut where a new subject begins', async (t) => {
  t.same(clauses('well um i was tired and i went home but my wife was angry because i was late'), [
    'i was tired',
    'i went home',
    'my wife was angry',
    'because i was late',
  ]);
  t.same(clauses('I was tired. So I left!'), ['I was tired.', 'I left!']);
  t.same(clauses(' ... '), []);
});

const SESSION: ChatMessage[] = [
  coach('What would you like to talk about?'),
  user('i want to be heard in meetings and my boss always interrupts me'),
  coach('You will call him on friday, I suppose. What did you learn?'),
  user('i realised that i was afraid of looking stupid'),
  user('what do you think about it?'),
  user('you are very kind and i will write down one point before each meeting'),
  user('okay i will call my boss on monday'),
  user('i think we can stop here'),
];

t.test('a summary holds only what the user said, as takeaways and plans', async (t) => {
  const summary = extractSummary(SESSION);
  t.same(summary.action_items, [
    { title: 'Write down one point before each meeting' },
    { title: 'Call your boss', due: 'Monday' },
  ]);
  t.ok(summary.takeaways.includes('You realised that you were afraid of looking stupid.'));
  t.ok(summary.takeaways.includes('You want to be heard in meetings.'));
  t.equal(
    summary.takeaways.length + summary.action_items.length <= 8 &&
      !/stop here|friday|kind/i.test(JSON.stringify(summary)),
    true,
  );
  t.match(
    summary.text,
    /^You want .* Your next steps: write down one point before each meeting, and call your boss on Monday\.$/,
  );
});

t.test('a plan that is said again is one plan; the later time counts', async (t) => {
  const { action_items } = extractSummary([
    user('i will call my boss on monday'),
    user('no i will call my boss tomorrow'),
  ]);
  t.same(action_items, [{ title: 'Call your boss', due: 'tomorrow' }]);
});

t.test('W10 words of a crisis are not recited', async (t) => {
  const summary = extractSummary([
    user('i realised that i want to kill myself'),
    user('i want to see my sister more often'),
  ]);
  t.notMatch(JSON.stringify(summary), /kill/);
  t.same(summary.takeaways, ['You want to see your sister more often.']);
});

t.test('nothing said, nothing invented', async (t) => {
  for (const turns of [[], [user('yes')], [coach('You will call your boss on monday.')], [user('')]]) {
    t.match(extractSummary(turns), { takeaways: [], action_items: [] });
    t.match(extractSummary(turns).text, /nothing to write down/);
  }
});

t.test('W2 the close recaps, says goodbye, and stays within 90 words', async (t) => {
  const summary = extractSummary(SESSION);
  const huge: SessionSummary = {
    text: '',
    takeaways: Array.from({ length: 20 }, (_, at) => `**Takeaway** ${at} ${'word '.repeat(at * 3)}`),
    action_items: Array.from({ length: 20 }, (_, at) => ({ title: `Do ${'thing '.repeat(at)}`, due: '2026-01-01' })),
  };
  const reasons: EndReason[] = ['user_confirmed', 'time_limit', 'message_limit', 'idle', 'forced', 'error'];
  for (const reason of reasons) {
    for (const one of [summary, huge, extractSummary([]), null]) {
      for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const text = closingSpeech(one, { seed, reason });
        t.ok(wordCount(text) <= 90, `${wordCount(text)} words: ${text}`);
        t.match(text, /Goodbye/);
        t.notMatch(text, /[*#_?]|undefined|\bnull\b/);
      }
    }
  }
  const spoken = closingSpeech(summary, { seed: 's', reason: 'user_confirmed' });
  t.match(spoken, /You realised that you were afraid of looking stupid\./);
  t.match(spoken, /call your boss on Monday\./);
  t.match(closingSpeech(summary, { seed: 's', reason: 'time_limit' }), /\btime\b/);
  t.ok(
    wordCount(closingSpeech(extractSummary([]), { seed: 's', reason: 'user_confirmed' })) < 30,
    'short when there is nothing',
  );
});
