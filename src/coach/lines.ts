/**
 * Lines the server words itself and no model touches: what decides about the end, the greeting, the silence, the
 * apology. Speakable, under 40 words, the same for the same seed and count.
 */
import { toSecondPerson } from './person.ts';
import { topicOf } from './topic.ts';
import { capitalised, pick, plain } from './words.ts';

export type LineKind = 'ask' | 'ask_again' | 'limit_offer' | 'nudge' | 'greeting' | 'apology';

export interface LineContext {
  /** The session's id: sessions start at different places of each list. */
  seed: string;
  /** How often such a line was said so far. Neighbouring counts never give the same line. */
  count: number;
  goal: string | null;
  /** For `limit_offer`: which one is near; the time when unset. */
  limit?: 'time_limit' | 'message_limit';
  /** What the user spoke of last: their words, of any length. */
  recent?: string | null;
}

type Variants = readonly [Wording, Wording, Wording, Wording, Wording, ...Wording[]];
type Wording = (moment: Moment) => string;

interface Moment {
  /** "what you came for: finish your thesis", or null. */
  goal: string | null;
  /** "your manager", or null. */
  topic: string | null;
  /** How full the limit is, as a clause. */
  limit: string;
}

const MAX_GOAL_WORDS = 10;

// Each is exactly one question, and the question is about ending here.
const ASK: Variants = [
  () => 'It sounds as if you are ready to finish. Shall we end the session here?',
  ({ goal }) =>
    `${goal ? `We can leave ${goal}, for today. ` : 'We can leave it there. '}Would you like to close here?`,
  () => 'Of course, this is your time. Do you want to end our session now?',
  () => 'I hear that you may want to stop. Should we finish here for today?',
  ({ goal }) =>
    `${goal ? `We gave some time to ${goal}. ` : 'Thank you for telling me. '}Is this where you want to end?`,
  () => 'That could be a good place to pause. Are you happy to wrap up here?',
  () => 'Sure, we can stop whenever you like. Would you like us to end here?',
];

const ASK_AGAIN: Variants = [
  () => "I'm not sure I got that right. Do you want to end the session now, yes or no?",
  () => 'Let me ask it more simply. Should we stop here for today?',
  () => 'Either way is fine with me. Would you rather finish now than keep talking?',
  () => 'I want to be sure before I close anything. Are we done for today?',
  () => 'I could not tell if that was a yes. Shall I close our session?',
];

const LIMIT_OFFER: Variants = [
  ({ limit }) => `Just so you know, ${limit}. Would you like to close here, with a short recap?`,
  ({ limit, topic }) =>
    `${topic ? `I have been listening to what you say about ${topic}, and ${limit}` : `I noticed that ${limit}`}. Shall we finish here?`,
  ({ limit }) => `A word about our session: ${limit}. Do you want to wrap up now?`,
  ({ limit, goal }) =>
    `${capitalised(limit)}${goal ? `, and we spoke about ${goal}` : ''}. Is this a good place to end?`,
  ({ limit }) => `Before we go deeper, ${limit}. Should we bring it to a close here?`,
];

const NUDGE: Variants = [
  ({ topic }) => `I'm still here. ${topic ? `We were with ${topic}. ` : ''}Take all the time you need.`,
  () => 'No hurry at all. Whenever you are ready, just go on.',
  ({ topic }) =>
    `${topic ? `Perhaps ${topic} needs a moment of thought` : 'Perhaps this needs a moment of thought'}. I am listening.`,
  () => 'Take your time. Say anything, even half a thought, and we go on from there.',
  ({ goal }) =>
    `I have not heard you for a while${goal ? `, so I am keeping ${goal} in mind` : ''}. I'm here when you want to go on.`,
  () => 'Silence is fine. Say a word when you would like to go on.',
  () => "I'm with you. Go on in your own time.",
];

const GREETING: Variants = [
  ({ goal }) =>
    `Hello, I'm Kuku, an AI coach. ${goal ? `You came with this: ${goal}. What makes it matter now?` : 'What would you like to talk about today?'}`,
  ({ goal }) =>
    `Welcome. I'm Kuku, your coach, and I am an AI. ${goal ? `So the goal is ${goal}. Where do you stand with it?` : 'What is on your mind?'}`,
  ({ goal }) =>
    `Hi, good to have you here. I'm an AI coach called Kuku. ${goal ? `Today is for this: ${goal}. Where shall we start?` : 'Where would you like to start?'}`,
  ({ goal }) =>
    `Hello and welcome. You're talking with Kuku, an AI coach. ${goal ? `You wrote: ${goal}. What would be a good result today?` : 'What would make this time worth it for you?'}`,
  ({ goal }) =>
    `Hi there, I'm Kuku. I'm an AI, and I coach by listening and asking. ${goal ? `We have your goal: ${goal}. What comes to mind first?` : 'What brings you here?'}`,
];

const APOLOGY: Variants = [
  () => "I'm sorry, something went wrong on my side. I kept what you said. Could you give me a moment and then go on?",
  () => 'Sorry, I lost my connection for a moment. Your words are safe. Please go on when you like.',
  () => 'I apologise, I could not find my answer just now. Nothing you said is lost. Would you try me once more?',
  () => "That was my fault: a technical problem kept me from answering. I have your words. Let's try again.",
  () => "I'm having some trouble answering at the moment, and I'm sorry. What you said is kept. Please say more.",
];

const LINES: Record<LineKind, Variants> = {
  ask: ASK,
  ask_again: ASK_AGAIN,
  limit_offer: LIMIT_OFFER,
  nudge: NUDGE,
  greeting: GREETING,
  apology: APOLOGY,
};

const LIMITS = {
  time_limit: 'most of our time is used up',
  message_limit: 'we have few messages left in this session',
};

export function line(kind: LineKind, ctx: LineContext): string {
  const recent = ctx.recent ? topicOf(ctx.recent) : null;
  return pick(
    LINES[kind],
    `${ctx.seed} ${kind}`,
    ctx.count,
  )({
    goal: ctx.goal === null ? null : goalWords(ctx.goal),
    topic: recent,
    limit: LIMITS[ctx.limit ?? 'time_limit'],
  });
}

/** The goal as the coach can say it, or null when it is too long or too odd to be said in passing. */
export function goalWords(goal: string): string | null {
  const words = toSecondPerson(goal.trim().replace(/[.!?\s]+$/u, ''));
  const bare = words.replace(/^(you|you'd) (really )?(want|like|need|would like|hope) to /i, '');
  const count = plain(bare).split(' ').length;
  if (plain(bare) === '' || count > MAX_GOAL_WORDS || /[<>{}[\]#*_`|\\/?!\n]/.test(bare)) return null;
  return /^\p{Lu}\p{Ll}/u.test(bare) ? bare.charAt(0).toLowerCase() + bare.slice(1) : bare;
}
