/** Finds what of a user's words can be said back to them as a whole clause. */
import { bare, clauses, HEDGE } from './clauses.ts';
import { readMeaning } from './intent.ts';
import { FILLERS } from './intent-answers.ts';
import { addressesListener, toSecondPerson } from './person.ts';
import { plain } from './words.ts';

const MAX_WORDS = 16;
/** A clause of its own begins with a subject. */
const SUBJECT =
  /^(i|i'm|im|i've|ive|i'd|my|we|we're|our|he|she|they|he's|she's|they're|it|it's|its|there|this|the|everyone|everybody|nobody|people|someone|somebody|that|everything|nothing|work|life|what i|when i)\b/i;
const VERB =
  /\b(am|is|are|was|were|have|has|had|do|does|did|dont|doesn't|don't|didn't|feel|feels|felt|want|wants|need|needs|think|know|keep|keeps|get|gets|got|go|goes|went|make|makes|made|said|says|told|can|can't|cant|could|will|would|should|must|might|never|always|just|'m|'s|'re|'ve|im|ive|its|\w+ed|\w+s)\b/i;
/** Speech that breaks off ends in one of these. */
const DANGLING =
  /[\s,]+(and|but|or|so|because|to|the|a|an|my|of|with|that|for|in|at|on|i|we|he|she|they|it's|is|are|was|like|um|uh|if|when|as|than|then|from|about|very|really|just|what|which|who)$/i;
const FEELING =
  /\b(feel|felt|afraid|scared|angry|sad|tired|happy|proud|stuck|lonely|alone|worried|anxious|ashamed|guilty|want|need|wish|hope|hate|love|realis|realiz|never|always|can'?t|difficult|hard)/i;

/** Clauses in the second person that can follow "I hear that", most telling first. */
export function reflectable(text: string): string[] {
  return clauses(text)
    .filter((clause) => !clause.endsWith('?') && !addressesListener(clause) && !isEndRequest(clause))
    .map((clause) =>
      whole(
        bare(clause)
          .replace(/^(because|then)\s+/i, '')
          .replace(HEDGE, ''),
      ),
    )
    .filter((clause) => SUBJECT.test(clause) && VERB.test(clause))
    .filter((clause) => count(clause) >= 3 && count(clause) <= MAX_WORDS)
    .map((clause, at) => ({
      clause,
      weight: (FEELING.test(clause) ? 3 : 0) + (/^(i|my|we)\b/i.test(clause) ? 1 : 0) + at * 0.5,
    }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ clause }) => lowerFirst(toSecondPerson(clause)));
}

/** What the user asks to talk about, in the second person: "can we talk about my sister first" -> "your sister". */
export function subjectOf(text: string): string | null {
  const match =
    /\b(?:talk|speak|think|do|discuss|look at|work on|focus on|go over|go back to|get back to)\s+(?:about\s+|through\s+|to\s+)?((?:my|the|our|this|how|what|why)\s+[^.,!?;]+)/i.exec(
      text,
    );
  const asks = /\b(let'?s|let us|can we|could we|shall we|want to|wanted to|like to|need to|rather)\b/i.test(text);
  const [, said] = match ?? [];
  if (!asks || said === undefined) return null;
  const subject = bare(
    said.replace(/\s+(first|today|now|please|instead|with you|a bit|before .*|because .*|but .*|and then .*)$/i, ''),
  );
  return count(subject) < 2 || count(subject) > 9 || addressesListener(subject)
    ? null
    : toSecondPerson(lowerFirst(subject));
}

/** Nothing but fillers, the same word over and over, or letters that are no words. */
export function isGarbled(words: string): boolean {
  const all = words.split(' ').filter((word) => word !== '');
  const telling = all.filter((word) => !FILLERS.has(word));
  if (telling.length === 0) return true;
  const known = telling.filter((word) => /[aeiouy\d]/.test(word) || word.length < 3);
  return known.length * 2 < telling.length || (all.length >= 5 && new Set(all).size * 3 <= all.length);
}

/** Without what dangles at its end; a long one only up to where its first part closes. */
function whole(clause: string): string {
  let text = clause.replace(/\s+/g, ' ');
  if (count(text) > MAX_WORDS)
    text = text.replace(/\s+(because|which|while|although|so that|and|but|when|who)\b.*$/i, '');
  while (DANGLING.test(text)) text = text.replace(DANGLING, '');
  return text;
}

function isEndRequest(clause: string): boolean {
  return readMeaning(clause, { phase: 'coaching', lastCoachText: null, userTurns: 9 }).meaning === 'end_request';
}

const count = (text: string) =>
  plain(text)
    .split(' ')
    .filter((word) => word !== '').length;

function lowerFirst(text: string): string {
  return /^(\p{Lu}\p{Ll}|[A-Z] |I'|[IA]$)/u.test(text) && !/^I('|\b)/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}
