/** Makes written text fit for a voice that knows ASCII and reads every sign aloud. */

/** What the voice says in one go takes it up to 150 ms of CPU; longer text is spoken in pieces. */
const PIECE = 240;
/** Five minutes of speech; nothing a coach says comes near. */
const LONGEST = 4_000;
/** No word is longer; what is (a key, a hash) is read in parts, or the voice would chew on it for seconds. */
const LONGEST_WORD = 40;

const REPLACEMENTS: readonly [RegExp, string][] = [
  [/```[\s\S]*?(```|$)/g, ' '],
  [/!?\[([^\]\n]*)\]\([^)\n]*\)/g, '$1'], // a link or picture: its words
  [/\bhttps?:\/\/\S+/gi, 'a link'],
  [/<\/?[a-z][^<>]{0,200}>/gi, ' '],
  [/^[ \t]*(?:#{1,6}|>|[-*+]|\d{1,2}[.)])[ \t]+/gm, ''], // headings, quotes, list items
  [/€\s?(\d+(?:[.,]\d+)*)/g, '$1 euros'],
  [/£\s?(\d+(?:[.,]\d+)*)/g, '$1 pounds'],
  [/(\d)\s?%/g, '$1 percent'],
  [/°\s?([CF])\b/g, ' degrees $1'],
  [/°/g, ' degrees '],
  [/&/g, ' and '],
  [/(\d)\s?–\s?(\d)/g, '$1 to $2'],
  [/[‘’ʼ′`]/g, "'"],
  [/\s[-‐-―]+\s|[–—―]/g, ', '],
  [/[‐‑‒]/g, '-'],
  [/…|\.{2,}/g, ', '],
];

/**
 * The pieces of `text` to speak one after the other, each at most 240 characters of plain ASCII words; none when there
 * is nothing to say. Text after the first 4,000 characters is left out.
 */
export function speakable(text: string): string[] {
  let plain = text.slice(0, LONGEST);
  for (const [pattern, replacement] of REPLACEMENTS) plain = plain.replace(pattern, replacement);
  plain = plain
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|["#*_~^|\\<>{}[\]=@+]/g, ' ')
    .replace(new RegExp(`\\S{${LONGEST_WORD}}`, 'g'), '$& ')
    .replace(/\s+/g, ' ')
    .replace(/ ?([,.!?;:])(?:[ ,;:]*[,;:])?/g, '$1')
    .trim();
  const pieces: string[] = [];
  for (let rest = plain; rest !== ''; ) {
    const length = cut(rest);
    const piece = rest.slice(0, length).trim();
    if (/[a-z0-9]/i.test(piece)) pieces.push(piece);
    rest = rest.slice(length).trimStart();
  }
  return pieces;
}

/** Where to cut: after a sentence if one ends in the second half of a piece, else after a clause, else at a space. */
function cut(text: string): number {
  if (text.length <= PIECE) return text.length;
  const head = text.slice(0, PIECE);
  for (const end of [/.*[.!?](?= )/, /.*[,;:](?= )/, /.*(?= )/]) {
    const length = end.exec(head)?.[0].length ?? 0;
    if (length > PIECE / 2) return length;
  }
  return PIECE;
}
