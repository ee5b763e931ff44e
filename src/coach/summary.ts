/**
 * The recap of a session, taken from the user's own words and nothing else, and the spoken close around it. It is what
 * the embedded coach answers, and what a session falls back on when a model fails.
 */
import type { ChatMessage, SessionSummary } from '../providers/types.ts';
import type { EndReason } from '../store/types.ts';
import { actionItem } from './actions.ts';
import { bare, clauses, HEDGE } from './clauses.ts';
import { readMeaning } from './intent.ts';
import { addressesListener, toSecondPerson } from './person.ts';
import { recogniseCrisis } from './safety.ts';
import { capitalised, pick, plain, wordCount } from './words.ts';

const MAX_TAKEAWAYS = 3;
const MAX_ACTIONS = 5;
const MAX_CLAUSE_WORDS = 24;
const MAX_SPOKEN_WORDS = 90;
/** Below it a clause says too little to be kept. */
const MIN_SCORE = 2;

/** What makes a clause worth keeping, and how much. The best ones stay, in the order they were said. */
const INSIGHT: [RegExp, number][] = [
  [
    /\b(i|ive|weve) (just |now |really |finally )?(realise|realize|realised|realized|learned|learnt|discovered|understood|noticed|figured out|found out|see now|understand now|know now)\b/,
    6,
  ],
  [/\b(i|we) (can |now |finally )*(see|understand|know|notice) (now |that |how |why )/, 4],
  [
    /\bwhat (i|we) (take|took|learned|learnt|realised|realized|see|need|want|really want|really need)\b.*\b(is|was)\b/,
    6,
  ],
  [/\bwhat (matters|counts|is important|helps|worries|scares|bothers|stops|holds) (most |me |back |to me )*/, 4],
  [
    /\b(the|my) (real|main|biggest|actual|whole|most important|important) (\w+ )?(problem|issue|thing|question|point|reason|fear|worry|goal|challenge|obstacle|lesson|part)\b.*\b(is|was)\b/,
    5,
  ],
  [
    /\b(it turns out|in fact|for me it is about|for me its about|it is (really |actually )?about|its (really |actually )?about)\b/,
    4,
  ],
  [
    /\b(i am|im|i was) (really |very |most |just |so )?(afraid|scared|worried|proud|ashamed|grateful|happy|glad|relieved|confident|good at|better at|tired of|torn)\b/,
    3,
  ],
  [
    /\bi (really )?(feel|felt) (\w+ ){0,2}(better|clearer|calmer|lighter|stronger|stuck|lost|alone|guilty|torn|responsible|relieved|proud|overwhelmed|exhausted|anxious|valued|ignored|respected)\b/,
    3,
  ],
  [/\b(i|we) (really |just |do )?(want|need|would like|wish|hope|value|care about|prefer|deserve)\b/, 2],
  [/\b(i|we) (always|never|keep|often|usually|tend to|avoid|struggle)\b/, 2],
  [/\b(because|so that|instead of|rather than|even though)\b/, 1],
];

/** `turns`: the whole transcript, oldest first. */
export function extractSummary(turns: ChatMessage[]): SessionSummary {
  const { takeaways, actions } = findings(turns);
  const action_items = actions.slice(-MAX_ACTIONS);
  return { text: textOf(takeaways, action_items), takeaways, action_items };
}

/** What the user found and plans. Cheap tests come first: it runs over the whole transcript. */
export function findings(
  turns: ChatMessage[],
  most: number = MAX_TAKEAWAYS,
): { takeaways: string[]; actions: SessionSummary['action_items'] } {
  const actions: SessionSummary['action_items'] = [];
  const scored: { at: number; score: number; clause: string; from: string }[] = [];
  for (const { role, content } of turns) {
    if (role !== 'user') continue;
    for (const clause of clauses(content)) {
      if (clause.endsWith('?')) continue;
      const action = actionItem(clause);
      if (action !== null) {
        if (!isAside(clause, content)) keepAction(actions, action);
        continue;
      }
      const score = insightOf(clause);
      if (score >= MIN_SCORE) scored.push({ at: scored.length, score, clause, from: content });
    }
  }
  const seen = new Set<string>();
  const best: typeof scored = [];
  for (const one of scored.sort((a, b) => b.score - a.score || b.at - a.at)) {
    if (best.length >= most) break;
    const words = plain(one.clause);
    if (seen.has(words) || isAside(one.clause, one.from)) continue;
    seen.add(words);
    best.push(one);
  }
  return { takeaways: best.sort((a, b) => a.at - b.at).map(({ clause }) => sentence(clause)), actions };
}

/** About the talk itself, or of a crisis: neither is recited. */
function isAside(clause: string, from: string): boolean {
  const { meaning } = readMeaning(clause, { phase: 'coaching', lastCoachText: null, userTurns: 9 });
  return meaning === 'end_request' || recogniseCrisis(from) !== null;
}

function insightOf(clause: string): number {
  const words = plain(clause);
  const count = words.split(' ').length;
  if (count < 4 || count > MAX_CLAUSE_WORDS || addressesListener(clause)) return 0;
  return INSIGHT.reduce((sum, [pattern, weight]) => sum + (pattern.test(words) ? weight : 0), 0);
}

/** The later and fuller wording of the same plan wins. */
function keepAction(items: SessionSummary['action_items'], action: SessionSummary['action_items'][number]): void {
  const words = plain(action.title);
  const same = items.findIndex(({ title }) => plain(title).startsWith(words) || words.startsWith(plain(title)));
  const old = items[same];
  if (old === undefined) items.push(action);
  else {
    const due = action.due ?? old.due;
    const title = old.title.length > action.title.length ? old.title : action.title;
    items[same] = due === undefined ? { title } : { title, due };
  }
}

function sentence(clause: string): string {
  return `${capitalised(
    toSecondPerson(
      bare(clause)
        .replace(/^(because|that|then)\s+/i, '')
        .replace(HEDGE, ''),
    ),
  )}.`;
}

function textOf(takeaways: string[], items: SessionSummary['action_items']): string {
  const plan = items.length > 0 ? [stepsOf(items)] : [];
  const text = [...takeaways, ...plan].join(' ');
  return text === '' ? 'A short conversation, with nothing to write down yet.' : text;
}

/** "Your next steps: call your boss on Monday, and walk every day." */
function stepsOf(items: SessionSummary['action_items']): string {
  const steps = items.map(({ title, due }) => {
    const step = speakable(title).replace(/[.!]+$/, '');
    const lower = /^\p{Lu}\p{Ll}/u.test(step) ? step.charAt(0).toLowerCase() + step.slice(1) : step;
    return due === undefined ? lower : `${lower} ${dueSpoken(speakable(due))}`;
  });
  const last = steps.pop() ?? '';
  const list = steps.length === 0 ? last : `${steps.join(', ')}, and ${last}`;
  return `Your next step${steps.length === 0 ? '' : 's'}: ${list}.`;
}

function dueSpoken(due: string): string {
  if (
    /^(mon|tues|wednes|thurs|fri|satur|sun)day|^the \d|^(january|february|march|april|may|june|july|august|september|october|november|december) \d/i.test(
      due,
    )
  ) {
    return `on ${due}`;
  }
  return /^\d/.test(due) ? `by ${due}` : due;
}

/** A model's summary may hold markup; a voice must not read it out. */
function speakable(text: string): string {
  return text
    .replace(/[*_#`<>[\]{}|\\]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const OPENINGS = {
  user: [
    'Thank you for this conversation.',
    'Thank you for talking so openly today.',
    "Good, then let's close here. Thank you for your trust.",
    'It was good to think this through together.',
    'Thank you for taking this time for yourself.',
  ],
  time_limit: [
    "Our time is up, so let's close here. Thank you for talking with me.",
    'That is all the time we have today. Thank you for using it so well.',
  ],
  message_limit: [
    "We have come to the end of this session, so let's close here. Thank you for talking with me.",
    'That is as much as one session holds. Thank you for sharing all of it.',
  ],
} as const satisfies Record<string, readonly [string, ...string[]]>;
const RECAPS = [
  'Here is what you said, in short.',
  'This is what I heard from you.',
  'Let me say back what you found.',
  'A few things you said stay with me.',
] as const;
const GOODBYES = [
  'I wish you well with it. Goodbye!',
  'Be kind to yourself, and take good care. Goodbye!',
  'Come back whenever you like. Goodbye for now!',
  'I hope the rest of your day is a good one. Goodbye!',
  'It was a pleasure to listen to you. Goodbye, and take care!',
] as const;

/** The spoken close: at most 90 words, however long the summary is. `seed`: the session's id. */
export function closingSpeech(summary: SessionSummary | null, ctx: { seed: string; reason: EndReason }): string {
  const kind = ctx.reason === 'time_limit' || ctx.reason === 'message_limit' ? ctx.reason : 'user';
  const opening = pick(OPENINGS[kind], `${ctx.seed} opening`, 0);
  const goodbye = pick(GOODBYES, `${ctx.seed} goodbye`, 0);
  let room = MAX_SPOKEN_WORDS - wordCount(opening) - wordCount(goodbye);
  const plan: string[] = [];
  for (let count = Math.min(3, summary?.action_items.length ?? 0); count > 0 && plan.length === 0; count--) {
    const steps = stepsOf(summary?.action_items.slice(-count) ?? []);
    if (wordCount(steps) <= room) plan.push(steps);
  }
  room -= wordCount(plan.join(' '));
  const recap: string[] = [pick(RECAPS, `${ctx.seed} recap`, 0)];
  room -= wordCount(recap.join(' '));
  for (const takeaway of summary?.takeaways ?? []) {
    const text = capitalised(speakable(takeaway)).replace(/[^.!?]$/u, '$&.');
    if (text === '' || wordCount(text) > room) continue;
    recap.push(text);
    room -= wordCount(text);
  }
  return [opening, ...(recap.length > 1 ? recap : []), ...plan, goodbye].join(' ');
}
