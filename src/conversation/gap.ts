/**
 * What lies between two words, read a character at a time, and whether a reply may be cut there. Pure.
 */

/** How good a place is to cut at; a higher one is better. */
export const Boundary = { NONE: 0, WORD: 1, CLAUSE: 2, SENTENCE: 3 } as const;
export type Boundary = (typeof Boundary)[keyof typeof Boundary];

/** Abbreviations that the next word belongs to: no cut after them. */
const GLUED = new Set(
  'mr mrs ms dr prof rev hon st mt ft gen sgt capt lt col vs cf ca e.g i.e approx dept est fig incl min max'.split(' '),
);
/** Abbreviations only before a number, words otherwise ("No. 5", "No. That is not it."). */
const GLUED_TO_NUMBERS = new Set(['no', 'nos', 'p', 'pp', 'vol', 'ch', 'sec', 'art', 'pt']);
/** Abbreviations that often end a sentence as well; a capital after them says that they did. */
const MAY_END = new Set(['etc', 'a.m', 'p.m', 'jr', 'sr', 'inc', 'ltd', 'co']);
const INITIALS = /^(?:\p{L}\.)+\p{L}$/u;
const OPENERS = new Set(['(', '[', '{', '<', '‘', "'", '¿', '¡', '*', '•', '#', '$', '£', '€', '@', '~', '+', '_']);
/** A quotation no longer than this is kept in one piece; a longer one may be cut, or was never closed. */
const QUOTE_CHARS = 120;

const isUpper = (c: string) => c !== c.toLowerCase();
const isLower = (c: string) => c !== c.toUpperCase();
const isDigit = (c: string) => c >= '0' && c <= '9';

/** Positions are those of the caller: code units since the start of the reply. */
export class Gap {
  /** Where the next chunk would start. */
  cut = 0;
  #kind: Boundary = Boundary.NONE;
  #pending: Boundary = Boundary.NONE;
  #token = '';
  #length = 0;
  #dots = 0;
  #loud = false;
  #closed = false;
  /** The text's start counts as one. */
  #newline = true;
  /** The word before this gap is the first of its line. */
  #lineStart = true;
  #space = false;
  #frozen = false;
  /** Where the quotation starts that we are in; it outlives the gap. */
  #quote = -1;

  /** A new gap, after a word; `token` is that word with all that sticks to it, cut at some 24 characters. */
  begin(token: string): void {
    this.#lineStart = this.#newline;
    this.#kind = this.#pending = Boundary.NONE;
    this.#token = token;
    this.#length = this.#dots = 0;
    this.#loud = this.#closed = this.#newline = this.#space = this.#frozen = false;
  }

  /** One character (code point) that is neither letter nor digit, at position `at`. */
  add(c: string, at: number, space: boolean): void {
    this.#length++;
    if (c === '\n') this.#endLine(at);
    else if (space) this.#commit(at);
    else this.#mark(c, at);
    this.#space = space;
  }

  /** The gap is over: a word starts with `next`, after a word that ended with `last`. How good is a cut at `cut`? */
  end(last: string, next: string): Boundary {
    if (this.#newline) return Boundary.SENTENCE;
    if (this.#kind === Boundary.WORD && this.#length === 1 && isDigit(last) && isDigit(next)) return Boundary.NONE;
    if (this.#kind !== Boundary.SENTENCE) return this.#kind;
    if (this.#loud || this.#dots > 1 || this.#closed) {
      // "Why?" she asked. Well... maybe. A lower-case word goes on with the sentence.
      return (this.#dots > 1 || this.#closed) && isLower(next) ? Boundary.CLAUSE : Boundary.SENTENCE;
    }
    return this.#dots === 1 ? this.#afterDot(next) : Boundary.SENTENCE;
  }

  /** A sentence ended here, whatever comes next: no abbreviation, number, ellipsis or quotation that may go on. */
  sure(): boolean {
    if (this.#pending !== Boundary.SENTENCE || this.#closed || this.#frozen || this.#quote >= 0) return false;
    if (this.#loud) return this.#dots === 0;
    return this.#dots === 1 && ['A', 'a', '1'].every((next) => this.#afterDot(next) === Boundary.SENTENCE);
  }

  #afterDot(next: string): Boundary {
    const word = this.#token.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    const lower = word.toLowerCase();
    if (GLUED.has(lower) || (GLUED_TO_NUMBERS.has(lower) && isDigit(next))) return Boundary.NONE;
    // A list's number stays with its text.
    if (this.#lineStart && /^\d{1,3}$/.test(word)) return Boundary.NONE;
    if (MAY_END.has(lower)) return isUpper(next) ? Boundary.SENTENCE : Boundary.WORD;
    if (INITIALS.test(word)) return Boundary.WORD;
    // J. Smith; but "So do I."
    if (word.length === 1 && isUpper(word) && word !== 'I') return Boundary.NONE;
    return Boundary.SENTENCE;
  }

  #endLine(at: number): void {
    this.#newline = true;
    this.#frozen = false;
    this.#quote = -1;
    this.cut = at + 1;
  }

  #commit(at: number): void {
    if (this.#frozen) return;
    const quoted = this.#quote >= 0 && at - this.#quote < QUOTE_CHARS;
    const pending = quoted ? Boundary.WORD : this.#pending;
    if (pending > this.#kind) this.#kind = pending;
    else if (this.#kind === Boundary.NONE) this.#kind = Boundary.WORD;
    this.cut = at + 1;
  }

  #mark(c: string, at: number): void {
    if (c === '.') this.#dots++;
    else if (c === '…') this.#dots += 3;
    else if ('!?！？。'.includes(c)) this.#loud = true;

    if ('.…!?'.includes(c)) this.#want(Boundary.SENTENCE);
    else if (',;:–)'.includes(c)) this.#want(Boundary.CLAUSE);
    else if ('。！？'.includes(c)) this.#cutHere(Boundary.SENTENCE, at);
    else if ('—，、；'.includes(c)) this.#cutHere(Boundary.CLAUSE, at);
    else if (c === '-') this.#hyphen();
    else if ('“«'.includes(c) || (c === '"' && this.#opens())) this.#open(at);
    else if ('”»"'.includes(c)) this.#close();
    else if (OPENERS.has(c) && this.#opens()) this.#freeze(c);
  }

  /** A mark that follows a space, or nothing at all, belongs to what comes; after a word or its stop it closes. */
  #opens(): boolean {
    return this.#space || this.#token === '';
  }

  /** A bullet opens what follows; a hyphen between spaces is a dash. */
  #hyphen(): void {
    if (this.#newline) this.#frozen = true;
    else if (this.#space) this.#want(Boundary.CLAUSE);
  }

  #want(kind: Boundary): void {
    if (!this.#frozen && kind > this.#pending) this.#pending = kind;
  }

  /** Marks that need no space after them. */
  #cutHere(kind: Boundary, at: number): void {
    if (this.#frozen || this.#quote >= 0) return;
    if (kind > this.#kind) this.#kind = kind;
    this.cut = at + 1;
  }

  #freeze(c: string): void {
    this.#frozen = true;
    if (c === '(' && this.#kind === Boundary.WORD) this.#kind = Boundary.CLAUSE;
  }

  #open(at: number): void {
    this.#quote = at;
    this.#frozen = true;
  }

  #close(): void {
    this.#quote = -1;
    this.#closed = true;
  }
}
