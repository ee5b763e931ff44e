/** How well words were heard. */
export interface WordErrors {
  /** Words replaced, missing or too many. */
  errors: number;
  /** Words that were said. */
  words: number;
}

/** Lower case, without punctuation or apostrophes: "I'd" and "id" are one word, spelling is not hearing. */
export function plainWords(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
  return plain.split(' ').filter((word) => word !== '');
}

/** The fewest edits from what was said to what was heard (Levenshtein, in words). */
export function wordErrors(said: string, heard: string): WordErrors {
  const from = plainWords(said);
  const to = plainWords(heard);
  let above = to.map((_, i) => i + 1);
  for (const [row, word] of from.entries()) {
    let left = row + 1;
    let corner = row;
    above = above.map((up, column) => {
      left = Math.min(up + 1, left + 1, corner + (to[column] === word ? 0 : 1));
      corner = up;
      return left;
    });
  }
  return { errors: above.at(-1) ?? from.length, words: from.length };
}

/** Errors a word said, of all pairs together; null where nothing was said. May pass 1. */
export function errorRate(pairs: readonly WordErrors[]): number | null {
  const words = pairs.reduce((sum, pair) => sum + pair.words, 0);
  return words === 0 ? null : pairs.reduce((sum, pair) => sum + pair.errors, 0) / words;
}

/** The middle value, the lower one of two; null of none. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}
