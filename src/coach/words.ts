/** Small helpers over speech in words. */

const SPOKEN_FORMS: [RegExp, string][] = [
  [/\bgonna\b/g, 'going to'],
  [/\bwanna\b/g, 'want to'],
  [/\bgotta\b/g, 'got to'],
  [/\blemme\b/g, 'let me'],
  [/\bcannot\b/g, 'cant'],
  [/\bany more\b/g, 'anymore'],
  [/\bgood ?bye\b/g, 'goodbye'],
  [/\bok\b/g, 'okay'],
  [/\byou know what\b/g, ' '],
];

/**
 * What every recogniser reads: lower case, no punctuation, apostrophes closed up (`don't` is `dont`), single spaces.
 * Transcribers differ in all of these.
 */
export function plain(text: string): string {
  let words = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’‘`´]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
  for (const [form, full] of SPOKEN_FORMS) words = words.replace(form, full);
  return words.replace(/\s+/g, ' ').trim();
}

export function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** A stable, even number from a string (FNV-1a, 32 bits): picks variants without a random source. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

/** Starts at a place that `seed` decides and goes round: neighbouring counts never give the same one twice in a row. */
export function pick<T>(from: readonly [T, ...T[]], seed: string, count: number): T {
  const at = ((hash(seed) % from.length) + Math.max(0, Math.trunc(count))) % from.length;
  return from[at] ?? from[0];
}

/** Upper case for the first letter, the rest as it is. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
