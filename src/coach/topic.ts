/** What somebody speaks of, in two or three of their own words: "i had a fight with my new manager" -> "your new manager". */
import { plain } from './words.ts';

const STOP = new Set(
  `and or but so to of in on at for with from about into that this it is was are were be been has have had do does did
  will would can could should not dont i me my we you he she they him her them his their our as if when because than then
  just really very too again today now here there all what how why who which by up out off down over after before while
  since until said says told tells wants want need needs keeps makes made gets got goes going feels doing being having
  never always also still more most much going gonna maybe like thats its im ive were youre hes shes theyre`.split(
    /\s+/,
  ),
);
/** Nothing to come back to: what people say about the talk itself, or empty words. */
const EMPTY = new Set(
  `session call conversation chat talk time day moment thing things stuff way bit lot end point part side mind head life
  god goodness word words best first last next same other one ones whole rest question answer idea kind sort fact truth
  week month year morning evening afternoon night weekend minute minutes hour hours coach own thanks bad`.split(/\s+/),
);
/** Words that want a noun after them, and nouns that often have one before them: only these make a phrase of two. */
const MODIFIERS = new Set(
  `new old older younger little big current former future oldest youngest ex grand daily weekly annual public final main
  line team step business job work career`.split(/\s+/),
);
const HEADS = new Set(
  `job team project thesis manager boss partner relationship marriage interview review meeting plan goal business company
  contract deadline promotion raise career course exam degree school class habit routine schedule presentation report
  training marathon diet weight sleep stress budget proposal offer situation problem decision conflict balance`.split(
    /\s+/,
  ),
);
const OWNERS: Record<string, string> = { my: 'your', our: 'your', the: 'the' };

/** A noun phrase of the last thing spoken of, in the second person; null when there is none worth naming. */
export function topicOf(text: string): string | null {
  const words = plain(text).split(' ');
  let found: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const owner = OWNERS[words[at] ?? ''];
    if (owner === undefined) continue;
    const phrase: string[] = [];
    for (let next = at + 1; next < words.length && phrase.length < 2; next++) {
      const word = words[next] ?? '';
      if (STOP.has(word) || OWNERS[word] !== undefined || !/^\p{L}{3,}$/u.test(word)) break;
      if (phrase.length === 1 && !MODIFIERS.has(phrase[0] ?? '') && !HEADS.has(word)) break;
      phrase.push(word);
    }
    // "the reliable one": what follows shows that it was no noun.
    const after = words[at + 1 + phrase.length] ?? '';
    const cutShort = after !== '' && (EMPTY.has(after) || (owner === 'the' && !STOP.has(after)));
    const clear = phrase.length > 0 && !phrase.some((word) => EMPTY.has(word)) && !cutShort;
    // "the ..." is only taken when nothing of the person's own was named.
    if (clear && (owner === 'your' || found === null)) found = `${owner} ${phrase.join(' ')}`;
  }
  return found;
}
