/** Turns what a person said of themselves into what a coach may say to them: "i was late for my boss" -> "you were late for your boss". */

const PLAIN: Record<string, string> = {
  i: 'you',
  me: 'you',
  my: 'your',
  mine: 'yours',
  myself: 'yourself',
  we: 'you',
  us: 'you',
  our: 'your',
  ours: 'yours',
  ourselves: 'yourselves',
  "i'm": "you're",
  "i've": "you've",
  "i'd": "you'd",
  "i'll": "you'll",
  "we're": "you're",
  "we've": "you've",
  "we'd": "you'd",
  "we'll": "you'll",
  im: "you're",
  ive: "you've",
  am: 'are',
};
/** Words that make what follows the clause of somebody else. */
const OTHERS = new Set(
  'he she it they that which who this these those there everyone everybody someone somebody nobody people'.split(' '),
);
/** A subject of its own follows these; until one comes, the clause is nobody's. */
const NEW_CLAUSE = new Set('because while since whereas although though when if'.split(' '));
const ADVERBS = new Set(
  'really just always never also still only actually probably honestly often usually sometimes already even ever definitely certainly maybe kind of so truly'.split(
    ' ',
  ),
);
const QUESTION_WORDS = new Set(['why', 'what', 'where', 'how', 'when', 'who']);
const JOINS = new Set([
  'and',
  'but',
  'then',
  'or',
  'so',
  'because',
  'that',
  'if',
  'when',
  'think',
  'guess',
  'maybe',
  'know',
]);
const HOURS = new Set('one two three four five six seven eight nine ten eleven twelve thirty fifteen'.split(' '));

interface Token {
  /** As written, with its punctuation. */
  lead: string;
  word: string;
  tail: string;
}

function tokens(text: string): Token[] {
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/u.exec(part);
      return { lead: match?.[1] ?? '', word: (match?.[2] ?? '').replace(/[’‘`]/g, "'"), tail: match?.[3] ?? '' };
    });
}

/** `text` of the first person, said to that person. Case and punctuation stay; `you` in it is left as it is. */
export function toSecondPerson(text: string): string {
  const all = tokens(text);
  const low = all.map(({ word }) => word.toLowerCase());
  let mine = false; // the clause's subject is the person speaking
  return all
    .map((token, at) => {
      const word = low[at] ?? '';
      const before = low[at - 1] ?? '';
      const first = at === 0 || /[.!?;:]$/.test(all[at - 1]?.tail ?? '');
      const said = changed(token.word, word, before, low[at + 1] ?? '', first, mine);
      if (word === 'i' || /^(i'|we|im$|ive$)/.test(word)) mine = true;
      else if (OTHERS.has(word) || first || NEW_CLAUSE.has(word) || /^(he|she|it|they|that|there)'/.test(word))
        mine = false;
      return token.lead + matchCase(token.word, said, first) + token.tail;
    })
    .join(' ');
}

function changed(raw: string, word: string, before: string, after: string, first: boolean, mine: boolean): string {
  if (word === 'am' && (/\d$/.test(before) || HOURS.has(before))) return raw;
  if (raw === 'US' || (word === 'mine' && /^(a|the|gold|coal|land|old)$/.test(before))) return raw;
  const wasMine = mine && (before === 'i' || ADVERBS.has(before) || before === 'and' || before === 'but');
  const asked = after === 'i' && (first || QUESTION_WORDS.has(before));
  if ((word === 'was' || word === "wasn't" || word === 'wasnt') && (wasMine || asked))
    return word.replace('was', 'were');
  if (word === 'ill' && (first || JOINS.has(before)) && after !== '' && !/^(and|or|but|health|at|with)$/.test(after))
    return "you'll";
  if (
    word === 'id' &&
    (first || JOINS.has(before)) &&
    /^(like|love|rather|be|have|say|want|need|feel|do|go|never|just|prefer)$/.test(after)
  )
    return "you'd";
  return PLAIN[word] ?? raw;
}

function matchCase(from: string, to: string, first: boolean): string {
  if (to === from) return to;
  const capital = first && /^\p{Lu}/u.test(from);
  return capital ? to.charAt(0).toUpperCase() + to.slice(1) : to;
}

/** Whether the text speaks to the listener ("you", "your"): turned round it would not say what was meant. */
export function addressesListener(text: string): boolean {
  return /\b(you|your|yours|yourself|you're|you've|you'll|you'd)\b/i.test(text.replace(/[’‘`]/g, "'"));
}
