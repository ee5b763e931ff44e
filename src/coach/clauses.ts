/** Cuts speech into clauses: at punctuation where there is some, else where a new subject follows a join. */
const SUBJECT =
  "(?:i|i'm|im|i'll|i've|ive|i'd|my|he|she|we|they|it|it's|its|there|that|that's|thats|then|what|people|nobody|everyone|maybe|you)";
const JOIN = new RegExp(
  `(?<!\\b(?:my|our|the) \\w+(?=\\s+and i (?:were|are|have|had|always|never|both|just|still)\\b))\\s+(?=(?:and|but|so|or|because|then)\\s+(?:then\\s+)?${SUBJECT}\\s)`,
  'i',
);
const LEAD =
  /^(?:(?:and|but|so|or|well|okay|ok|yes|yeah|yep|no|nope|um|uh|hm|hmm|mm|like|then|actually|basically|honestly|maybe|perhaps|anyway|alright|right|oh|see|look|i mean|you know|i guess|you see|to be honest|the thing is|at the end of the day)[\s,]+)+/i;

/** Trimmed, without what people begin with while they think ("well, um, so ..."); empty ones are left out. */
export function clauses(text: string): string[] {
  return text
    .replace(/[’‘`]/g, "'")
    .split(/(?<=[.!?;])\s+|\n+|\s+[-–—]\s+/u)
    .flatMap((sentence) => sentence.split(JOIN))
    .map((clause) => clause.trim().replace(LEAD, '').trim())
    .filter((clause) => /\p{L}/u.test(clause));
}

/** Without its end punctuation. */
export function bare(clause: string): string {
  return clause.replace(/[\s.,;:!?]+$/u, '').trim();
}

/** "I think I want ..." says no more than "I want ...". */
export const HEDGE = /^i (?:think|guess|believe|suppose) (?:that )?(?=(?:i|we|my|it|the)\b)/i;
