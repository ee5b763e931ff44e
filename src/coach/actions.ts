/** Finds a plan in what a person said: "i will call my boss on monday" -> {title: 'Call your boss', due: 'Monday'}. */
import { bare } from './clauses.ts';
import { toSecondPerson } from './person.ts';
import { capitalised, plain } from './words.ts';

const ADVERB =
  '(?:also|definitely|certainly|just|really|then|still|first|now|actually|simply|probably|instead|finally|at least)';
/** Firm words: a promise to oneself. */
const FIRM = new RegExp(
  `^(?:(?:and|so|then|okay|yes|first|next|tomorrow|tonight|today|after that|on \\w+day|next week|i think|i guess|maybe|what i will do is|my plan is that|i promise|i decided that|i know that)[ ,]+)*(?:i ${ADVERB}?\\s?will|i'll|ill|i am|i'm|im|i|my (?:next|first) step (?:is|will be)|my plan is|the (?:next|first) step (?:is|will be)|i've|ive|i have)\\s+(?:${ADVERB}\\s+)*`,
  'i',
);
const AFTER_BE = /^(?:going to|gonna|planning to|about to)\s+/i;
const AFTER_I =
  /^(?:plan to|promise to|commit to|intend to|am going to|decided to|have decided to|agree to|agreed to|will)\s+/i;
/** Wishes and duties: a plan only when a time is given with them. */
const WEAK = /^(?:need to|have to|want to|should|must|could|would like to|am thinking of|might|can)\s+/i;

const DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)';
const MONTH = '(?:january|february|march|april|may|june|july|august|september|october|november|december)';
const PART = '(?:morning|afternoon|evening|night|lunchtime|noon)';
const NUMBER = '(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|\\d+)';
const DUE_PART = [
  `(?:(?:on|by|before|until|this|next|this coming|from|every)\\s+)?${DAY}s?(?:\\s+${PART})?`,
  `(?:by\\s+|before\\s+)?(?:tomorrow|tonight|today)(?:\\s+${PART})?`,
  `(?:in the|this|next|every|each)\\s+(?:${PART}|day|week|weekend|month|year|weekday|quarter|summer|spring|autumn|fall|winter)`,
  `(?:at|by|before|until)\\s+the end of (?:the|this|next) (?:day|week|month|year|quarter)`,
  `(?:by|in|before|until|on|this|next)\\s+${MONTH}(?:\\s+(?:the\\s+)?\\d+\\w*)?`,
  `(?:in|within)\\s+${NUMBER}\\s+(?:minute|hour|day|week|month)s?`,
  `(?:at|by|before|around)\\s+(?:noon|midnight|${NUMBER}(?:\\s+(?:thirty|fifteen))?(?:\\s?(?:am|pm|o'clock))?)(?=$|\\s+(?:on|every|tomorrow|in the))`,
  `on the\\s+(?:\\d+(?:st|nd|rd|th)?|first|second|third|fourth|fifth|tenth|fifteenth|twentieth)(?: of ${MONTH})?`,
  `(?:before|after)\\s+(?:work|lunch|dinner|breakfast|school|bed|the weekend|the meeting|the holidays)`,
  '(?:once|twice|three times) (?:a|every) (?:day|week|month)|daily|weekly',
].join('|');
const DUE_LAST = new RegExp(`[\\s,]+((?:${DUE_PART})(?:[\\s,]+(?:${DUE_PART}))*)$`, 'i');
const DUE_FIRST = new RegExp(
  `^(?:(?:and|so|then|okay|yes)[\\s,]+)*((?:${DUE_PART})(?:[\\s,]+(?:${DUE_PART}))*)[\\s,]+(?=i\\b|i'|my\\b|im\\b|ill\\b)`,
  'i',
);

/** Not a plan: a state, a fear, the end of the talk, or a word that says nothing by itself. */
const NO_PLAN =
  /^(?:not|never|be|feel|have(?! (?:a|the|my|that|this|one|lunch|dinner|coffee|breakfast)\b)|fail|lose|die|miss|regret|need|want|know|see(?! (?:a|the|my|how|if|whether)\b)|say goodbye|say bye|let you|leave it|stop here|talk to you|hang|end (?:it|this|here)|cry|get (?:fired|sick|angry|old|nervous|hurt|in trouble)|always|become|remain|like|love|hate|admit|explode|go(?: now| home now| crazy| mad)?$|the|a|an|my|that|this|it|school|work|bed|think so|do (?:it|that|this|so)$|try (?:it|that|this)?$|remember$|sleep$|stop$)\b/i;
const CUT =
  /\s+(?:because|but|so that|so i|and then i|and i|and see|although|though|which|since|otherwise|or else|and maybe|and hopefully|i think|i guess|i hope|if|when|once|whenever)\b.*$/i;
const MAX_WORDS = 14;

/** `clause`: as `clauses` cuts them. Null when it holds no plan. */
export function actionItem(clause: string): { title: string; due?: string } | null {
  let text = bare(clause).replace(/\s+/g, ' ');
  if (/^(?:if|when|once|whenever|unless|he|she|they|everyone|people)\b/i.test(text)) return null;
  const early = DUE_FIRST.exec(text)?.[1];
  if (early !== undefined) text = text.replace(DUE_FIRST, '');
  const start = FIRM.exec(text);
  if (start === null) return null;
  const subject = start[0].trim().toLowerCase().replace(/\s+/g, ' ');
  const verb = verbPhrase(subject, text.slice(start[0].length));
  if (verb === null) return null;
  let body = verb.words.replace(new RegExp(`^(?:${ADVERB}\\s+)+`, 'i'), '').replace(CUT, '');
  const late = DUE_LAST.exec(body)?.[1];
  if (late !== undefined) body = body.replace(DUE_LAST, '');
  const due = late ?? early;
  const words = plain(body).split(' ').length;
  if ((verb.weak && due === undefined) || plain(body) === '' || NO_PLAN.test(body) || words > MAX_WORDS) return null;
  const title = capitalised(toSecondPerson(bare(body)));
  return due === undefined ? { title } : { title, due: dueOf(due) };
}

function verbPhrase(subject: string, rest: string): { words: string; weak: boolean } | null {
  if (/step (is|will be)|plan is/.test(subject))
    return rest.startsWith('to ') ? { words: rest.slice(3), weak: false } : null;
  if (/(will|i'll|ill)( \w+)*$/.test(subject)) return { words: rest, weak: false };
  if (/(i'm|im|i am)( \w+)*$/.test(subject))
    return AFTER_BE.test(rest) ? { words: rest.replace(AFTER_BE, ''), weak: false } : null;
  if (AFTER_I.test(rest)) return { words: rest.replace(AFTER_I, ''), weak: false };
  if (/(i've|ive|i have)$/.test(subject)) return null;
  return WEAK.test(rest) ? { words: rest.replace(WEAK, ''), weak: true } : null;
}

function dueOf(said: string): string {
  const named = new RegExp(`\\b(${DAY}|${MONTH})`, 'gi');
  return said
    .replace(/,/g, '')
    .replace(/^on (?!the)/i, '')
    .toLowerCase()
    .replace(named, (name) => capitalised(name));
}
