/** Sounds of listening ("mm-hm", "I see"), which want no answer and must not stop who speaks. Pure. */
import { plainWords } from './phrases.ts';

/** Hums, breaths and laughs, however a recogniser spells them: mm, mhm, hm, hmm, uh, huh, ah, oh, ooh, ha. */
const HUM = /^(?:m+(?:h+m+)?|h+m+|u+h+|u+h+u+h+|h+u+h+|u+m+|e+r+m?|a+h+a*|o+h+|(?:h+a+)+h?|(?:h+e+){2,})$/;
const WORDS = new Set('yeah yep yup yea ya right okay ok kay alright wow sure exactly true nice cool'.split(' '));
const PAIRS = new Set(['i see', 'all right', 'got it', 'of course']);
const MOST_WORDS = 3;

/** At most three words, each of them a backchannel; also text without a word, for then nothing was said. */
export function isBackchannel(text: string): boolean {
  const spoken = plainWords(text);
  if (spoken.length > MOST_WORDS) return false;
  for (let i = 0; i < spoken.length; i++) {
    const word = spoken[i] ?? '';
    if (HUM.test(word) || WORDS.has(word)) continue;
    if (!PAIRS.has(`${word} ${spoken[i + 1] ?? ''}`)) return false;
    i++;
  }
  return true;
}
