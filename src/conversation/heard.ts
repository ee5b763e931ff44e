/** Which words of a spoken reply were heard when it stopped. Pure. */

export interface HeardChunk {
  text: string;
  /** Where it starts in the reply's audio, ms. */
  start_ms: number;
  /** How much audio it has, ms. */
  duration_ms: number;
  /** False while its audio is still being made: `duration_ms` is then only a part. True when left out. */
  done?: boolean;
}

/** Time a character takes, against a letter's: digits are said as words, and voices pause at marks. */
const DIGIT = 3;
const COMMA = 4;
const STOP = 6;

/** An unhurried voice, ms a letter (some 14 characters a second): how long a chunk is taken to be until it is known. */
const LETTER_MS = 70;

function weight(char: string): number {
  if (/\d/.test(char)) return DIGIT;
  if (/[,;:–—，、；]/.test(char)) return COMMA;
  return /[.!?…。！？]/.test(char) ? STOP : 1;
}

/** A word with its marks and the space before it; a character of a script without spaces is a word. */
const WORD =
  /\s*(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+)/gu;

/**
 * What was heard after `heard_ms` of audio, trimmed: chunks that were over, and of the next one the words whose share
 * of its time had passed. A later `heard_ms` gives the same text or a longer one that starts with it.
 * `chunks`: in order of `start_ms`.
 */
export function heardText(chunks: readonly HeardChunk[], heard_ms: number): string {
  if (!(heard_ms > 0)) return '';
  let text = '';
  for (const chunk of chunks) {
    const passed = heard_ms - chunk.start_ms;
    if (chunk.done === false || passed < chunk.duration_ms) return (text + beginning(chunk, passed)).trim();
    text += chunk.text;
  }
  return text.trim();
}

function beginning({ text, duration_ms, done }: HeardChunk, passed_ms: number): string {
  if (!(passed_ms > 0)) return '';
  const parts = text.match(WORD) ?? [];
  const weights = parts.map((part) => Array.from(part).reduce((sum, char) => sum + weight(char), 0));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const whole_ms = done === false ? Math.max(duration_ms, total * LETTER_MS) : duration_ms;
  const budget = (total * Math.min(passed_ms, duration_ms)) / whole_ms;
  let spent = 0;
  let heard = '';
  for (const [i, part] of parts.entries()) {
    spent += weights[i] ?? 0;
    if (spent > budget) break;
    heard += part;
  }
  return heard;
}
