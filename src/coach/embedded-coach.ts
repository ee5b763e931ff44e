/**
 * The coach without a model: says back what the user said, in their own words turned to the second person, and asks one
 * open question, led by GROW (goal, reality, options, way forward). Keeps no state: all of it is in the request.
 */
import type { ChatMessage, CoachProvider, CoachRequest } from '../providers/types.ts';
import { actionItem } from './actions.ts';
import { clauses } from './clauses.ts';
import type { Stage } from './embedded-lines.ts';
import * as lines from './embedded-lines.ts';
import { ASKED_PREFIX } from './prompt.ts';
import { isGarbled, reflectable, subjectOf } from './reflect.ts';
import { extractSummary } from './summary.ts';
import { topicOf } from './topic.ts';
import { capitalised, plain, wordCount } from './words.ts';

const MAX_WORDS = 60;

export function createEmbeddedCoach(): CoachProvider {
  return {
    name: 'embedded',
    async *reply(request, signal) {
      signal.throwIfAborted();
      for (const word of composeReply(request).split(/(?<= )/)) {
        signal.throwIfAborted();
        yield word;
      }
    },
    async summarise(turns, _model, signal) {
      signal.throwIfAborted();
      return extractSummary(turns);
    },
    async close() {},
  };
}

/** The whole reply as text: at most 60 words and one question. */
export function composeReply(request: CoachRequest): string {
  const turns = request.messages.filter(({ role }) => role !== 'system');
  const last = turns.findLast(({ role }) => role === 'user')?.content ?? '';
  const asked = askedBefore(request.messages);
  const parts =
    plain(last) === '' && turns.length === 0 ? ['', lines.FIRST_QUESTION] : respond(request, turns, last, asked);
  const text = parts.filter((part) => part !== '').join(' ');
  // Both parts are bounded; the question is what stays if they ever were too long together.
  return wordCount(text) <= MAX_WORDS ? text : (parts.at(-1) ?? text);
}

function respond(request: CoachRequest, turns: ChatMessage[], last: string, asked: Asked): [string, string, string] {
  const { task, user_turns: turn } = request;
  const words = plain(last);
  const topic = topicOf(last);
  if (task === 'continue') {
    const earlier = turns.findLast(
      (one) => one.role === 'user' && one.content !== last && plain(one.content).split(' ').length > 3,
    );
    const subject = subjectOf(last) ?? topic;
    const lead = subject === null ? reflection(earlier?.content ?? '', turn, turns) : `So let's turn to ${subject}.`;
    const about = subject ?? topicOf(earlier?.content ?? '');
    return [at(lines.CONTINUES, turn), lead, question(subject === null ? 'reality' : 'goal', turn, about, asked)];
  }
  if (task === 'new_topic') {
    const subject = subjectOf(last);
    const lead = subject === null ? said(last, turn, turns) : `So it is about ${subject}.`;
    return [at(lines.NEW_TOPICS, turn), lead, question('goal', turn, topic, asked)];
  }
  const aside = asideOf(words);
  if (aside !== null) return [aside, '', question(aside === lines.WHO_I_AM ? 'goal' : 'options', turn, topic, asked)];
  if (
    /\b(what|how) (do you think|would you do|should i|shall i|can i)\b|\b(give me|any|your) (advice|tips?|opinion)\b/.test(
      words,
    )
  ) {
    return [at(lines.NO_ADVICE, turn), '', question('options', turn, topic, asked)];
  }
  if (isGarbled(words)) return [at(lines.GARBLED_ACKNOWLEDGEMENTS, turn), '', more(turn, asked)];
  if (/\b(dont|do not) (really )?know\b|\bno idea\b|\bnot sure\b/.test(words) && words.split(' ').length < 9) {
    return [
      at(lines.SHORT_ACKNOWLEDGEMENTS, turn),
      '',
      unused(lines.UNSURE_QUESTIONS, turn, null, asked) ?? more(turn, asked),
    ];
  }
  if (words.split(' ').length <= 2) return [at(lines.SHORT_ACKNOWLEDGEMENTS, turn), '', more(turn, asked)];
  const plan = clauses(last)
    .map(actionItem)
    .findLast((item) => item !== null);
  if (plan) {
    const step = `${plan.title.charAt(0).toLowerCase()}${plan.title.slice(1)}`;
    const when = plan.due === undefined ? unused(lines.WHEN_QUESTIONS, turn, null, asked) : null;
    return [
      at(lines.PLAN_REFLECTIONS, turn).replace('{plan}', () => step),
      '',
      when ?? question('way', turn, null, asked),
    ];
  }
  const subject = subjectOf(last);
  const lead = subject === null ? said(last, turn, turns) : `So ${subject} is what you would like to talk about.`;
  return [lead, '', question(stageOf(turn, request.goal, words), turn, topic, asked)];
}

function asideOf(words: string): string | null {
  if (
    /\b(are you (a |an )?(\w+ )?(real|human|person|robot|bot|machine|ai|computer)|who are you|am i talking to)\b/.test(
      words,
    )
  )
    return lines.WHO_I_AM;
  return lines.OUT_OF_SCOPE.find(({ pattern }) => pattern.test(words))?.text ?? null;
}

/** By turns, unless the words show that the person is elsewhere. Long sessions go round again from reality on. */
function stageOf(turn: number, goal: string | null, words: string): Stage {
  if (turn >= 3 && /\b(i could|i might|one option|another option|maybe i can|either|option|idea)\b/.test(words))
    return 'options';
  if (turn >= 4 && /\b(i will|ill|im going to|i decided|my plan|next step|first step)\b/.test(words)) return 'way';
  const goalTurns = goal === null ? 2 : 1;
  if (turn <= goalTurns)
    return /\b(i want|id like|i would like|my goal|i wish|i hope)\b/.test(words) && turn > 1 ? 'reality' : 'goal';
  const step = turn - goalTurns - 1;
  if (step < 4) return 'reality';
  return (['options', 'way', 'reality'] as const)[Math.floor((step - 4) / 3) % 3] ?? 'way';
}

/** What was said, said back; else its topic; else a sign of having heard. */
function said(text: string, turn: number, turns: ChatMessage[]): string {
  return reflection(text, turn, turns) || at(lines.ACKNOWLEDGEMENTS, turn);
}

function reflection(text: string, turn: number, turns: ChatMessage[]): string {
  const spoken = plain(turns.flatMap(({ role, content }) => (role === 'assistant' ? [content] : [])).join(' '));
  const clause = reflectable(text).find((one) => !spoken.includes(plain(one)));
  if (clause !== undefined) return at(lines.REFLECTIONS, turn).replace('{said}', () => clause);
  const topic = topicOf(text);
  if (topic === null) return '';
  return at(lines.TOPIC_REFLECTIONS, turn).replace('{topic}', topic).replace('{Topic}', capitalised(topic));
}

interface Asked {
  /** Questions the coach asked, in plain words. */
  questions: Set<string>;
  /** Beginnings of questions: from the prompt's line of earlier ones, and from sentences that an interruption cut. */
  cut: string[];
}

function askedBefore(messages: ChatMessage[]): Asked {
  const spoken = messages.flatMap(({ role, content }) => (role === 'assistant' ? content.split(/(?<=[.!?])\s+/) : []));
  const earlier = messages.flatMap(({ role, content }) =>
    role === 'system' ? content.split('\n').filter((one) => one.startsWith(ASKED_PREFIX)) : [],
  );
  return {
    questions: new Set(spoken.filter((sentence) => sentence.endsWith('?')).map(plain)),
    cut: [
      ...earlier.flatMap((one) => one.slice(ASKED_PREFIX.length).split('|')).map(plain),
      ...spoken.filter((sentence) => !/[.!?]$/.test(sentence)).map(plain),
    ].filter((sentence) => sentence.split(' ').length > 2),
  };
}

function question(stage: Stage, turn: number, topic: string | null, asked: Asked): string {
  const order: Stage[] = [stage, 'reality', 'options', 'way', 'goal'];
  for (const one of order) {
    const found = unused(lines.QUESTIONS[one], turn, topic, asked);
    if (found !== null) return found;
  }
  return at(lines.LISTENING, turn);
}

function more(turn: number, asked: Asked): string {
  return unused(lines.MORE_QUESTIONS, turn, null, asked) ?? at(lines.MORE_INVITATIONS, turn);
}

/** The first one from the turn's place on that was not asked: turns beyond the prompt's window hardly repeat either. */
function unused(from: readonly string[], turn: number, topic: string | null, asked: Asked): string | null {
  for (let step = 0; step < from.length; step++) {
    const template = from[(turn - 1 + step + from.length) % from.length] ?? '';
    if (template.includes('{topic}') && topic === null) continue;
    const text = template.replace('{topic}', topic ?? '');
    const words = plain(text);
    if (!asked.questions.has(words) && !asked.cut.some((sentence) => words.startsWith(sentence))) return text;
  }
  return null;
}

function at(from: readonly [string, ...string[]], turn: number): string {
  return from[Math.max(0, turn) % from.length] ?? from[0];
}
