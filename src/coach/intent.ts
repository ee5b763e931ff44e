/**
 * First recogniser of what a user's turn means for the session's end, offline, on words as speech recognisers give
 * them. It never says `crisis` (safety.ts does). A trained classifier is to take its place behind this function.
 */
import { FILLERS, NO, UNCLEAR, YES } from './intent-answers.ts';
import { ASIDE, END, NOT_END, type Rule } from './intent-rules.ts';
import { plain } from './words.ts';

export type ReadableMeaning = 'end_request' | 'yes' | 'no' | 'unclear' | 'new_topic' | 'ordinary';

export interface IntentContext {
  phase: 'coaching' | 'confirming' | 'closing' | 'ended';
  /** What the coach said last; null when nothing was said yet. */
  lastCoachText: string | null;
  /** User turns before this one. */
  userTurns: number;
}

/** Evidence at which an end is taken as asked for. */
const THRESHOLD = 1.9;
/** A longer answer than this, with no word on the question, is a topic of its own. */
const TOPIC_WORDS = 6;

/** Somebody else, the past, or a plan: what a topic is made of. */
const STORY =
  /\b(my|his|her|their|she|he|they|people|last|yesterday|morning|week|month|year|thinking|thought|wondering|worried|worries|work|job|should|because)\b/;

/** `confidence`: 0..1, how far the evidence is from the next best reading; not a probability. */
export function readMeaning(text: string, context: IntentContext): { meaning: ReadableMeaning; confidence: number } {
  const words = plain(text);
  if (words === '') return { meaning: context.phase === 'confirming' ? 'unclear' : 'ordinary', confidence: 1 };
  const end = endScore(words, context);
  if (context.phase === 'confirming') return answer(words, end);
  const margin = end - THRESHOLD;
  return { meaning: margin >= 0 ? 'end_request' : 'ordinary', confidence: confidenceOf(Math.abs(margin)) };
}

function endScore(words: string, context: IntentContext): number {
  let own = words;
  for (const aside of ASIDE) own = own.replace(aside, ' ').replace(/\s+/g, ' ').trim();
  let score = sum(own, END) - sum(own, NOT_END);
  const length = own.split(' ').length;
  // An end is mostly said in few words; in a long story its words mean something else, unless they come last.
  if (length > 25 && !END.some(({ pattern }) => pattern.test(own.split(' ').slice(-12).join(' ')))) score -= 1.5;
  // A bare "no, that's all" ends only when the coach asked whether there was more.
  if (/\b(anything|something) else\b/i.test(context.lastCoachText ?? '') && /^(no|nope|nah|nothing)\b/.test(own))
    score += 2;
  // "thanks, that helped" in the first turns is politeness.
  if (context.userTurns < 2 && /^(thanks|thank you)\b/.test(own)) score -= 0.5;
  return score;
}

function answer(words: string, end: number): { meaning: ReadableMeaning; confidence: number } {
  const scores = { yes: sum(words, YES), no: sum(words, NO), unclear: sum(words, UNCLEAR) };
  // "nah i have all i need": a no to more talk. What was said of the end itself outweighs the first word.
  const settled =
    /\b(no problem|no worries|no objections?|no need to|that was (everything|all|it)|all i need|everything i need|enough|thats (it|all)|im (good|done|fine|all set|okay|finished)|nothing (else|more)|lets (end|stop|finish|close|wrap)|i have to go|thats everything)\b/.test(
      words,
    );
  if (settled && scores.no <= 2) scores.no = 0;
  if (longTopic(words)) return outcome('new_topic', 0.7);
  // "yes but ..." goes on; so does "okay, but first ...".
  if (
    /\b(but|though|except|only|just) (can|could|first|i|lets|one|there|before|what|we|not)\b/.test(words) &&
    scores.no > 0
  ) {
    scores.yes = 0;
  }
  if (scores.unclear > 0 && scores.unclear >= Math.max(scores.yes, scores.no))
    return outcome('unclear', scores.unclear);
  if (end >= THRESHOLD && scores.no < 3) return outcome(scores.yes > 0 ? 'yes' : 'end_request', end);
  if (scores.no > 0 && scores.no >= scores.yes) return outcome('no', scores.no - scores.yes + 1);
  if (scores.yes > 0) return outcome('yes', scores.yes - scores.no);
  const telling = words.split(' ').filter((word) => !FILLERS.has(word));
  return telling.length >= TOPIC_WORDS ? outcome('new_topic', 1) : outcome('unclear', 1);
}

/** A story about somebody or something, whatever it begins with ("yeah so my sister moved in ..."). */
function longTopic(words: string): boolean {
  const rest = words.replace(/^((yes|yeah|okay|right|sure|well|so|no|hm|mm|um|and|but|actually) )+/, '');
  if (rest.split(' ').length < TOPIC_WORDS + 2 || sum(rest, END) > 0) return false;
  const evidence = [YES, NO].map((rules) => sum(rest, rules)).some((score) => score > 0);
  return !evidence && (STORY.test(rest) || sum(rest, UNCLEAR) === 0);
}

function sum(words: string, rules: Rule[]): number {
  let score = 0;
  for (const { pattern, weight } of rules) if (pattern.test(words)) score += weight;
  return score;
}

function outcome(meaning: ReadableMeaning, margin: number): { meaning: ReadableMeaning; confidence: number } {
  return { meaning, confidence: confidenceOf(margin) };
}

function confidenceOf(margin: number): number {
  return Math.round((1 - 0.5 * Math.exp(-margin)) * 100) / 100;
}
