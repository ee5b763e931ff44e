/**
 * Turns a reply, as it is written, into chunks that can be spoken: a short first one, so that the voice starts early,
 * then whole sentences, which sound best. Pure; what comes out depends on the text alone, not on how it was cut up.
 */
import { Boundary, Gap } from './gap.ts';

/** The first chunk ends at a sentence end; from this many characters on at a clause; and at a word by the limit. */
const FIRST_CLAUSE_CHARS = 25;
const FIRST_LIMIT_CHARS = 60;
/** A sentence shorter than this is spoken together with the next one: a voice sounds choppy on single words. */
const FIRST_SENTENCE_CHARS = 12;
const SENTENCE_CHARS = 20;
/** Longer sentences are cut, so that one chunk is some 15 s of speech at most and the first audio of it comes soon. */
export const LIMIT_CHARS = 220;
/** Clauses before this part of the limit are too early a place to cut. */
const EARLIEST_CLAUSE = LIMIT_CHARS / 3;
/** Text without any gap (a link, a script without spaces) is cut here, wherever that is. */
export const HARD_LIMIT_CHARS = 260;
const TOKEN_CHARS = 24;

const CONJUNCTIONS = new Set('and but or because while when if which although though since unless until'.split(' '));
/** Words that belong to the number before them. */
const UNITS = new Set('am pm a p percent million billion thousand hundred minutes hours days weeks years'.split(' '));

const WORD = /[\p{L}\p{N}]/u;
const MARK = /[\p{M}\u200d]/u;
const SPACE = /\s/u;

interface Place {
  at: number;
  kind: Boundary;
}

/** For one reply: `push` each delta, then `end`. After that it is ready for another. */
export class Chunker {
  #gap = new Gap();
  /** What was not given out yet, and the position of its first character in the reply. */
  #text = '';
  #base = 0;
  /** Characters read so far; half a surrogate pair waits for its other half. */
  #read = 0;
  #half = '';
  #first = true;
  #places: Place[] = [];
  #inWord = false;
  #word = '';
  #token = '';
  #lastChar = '';
  /** Span of the words in hand, -1 before the first. */
  #wordsFrom = -1;
  #wordsTo = 0;

  /** The chunks that are complete now. Each keeps its spaces: all chunks joined are the text, to the character. */
  push(delta: string): string[] {
    const out: string[] = [];
    const text = this.#half + delta;
    this.#text += delta;
    this.#half = '';
    const end = this.#base + this.#text.length;
    for (const c of text) {
      if (this.#read + 1 === end && c >= '\ud800' && c <= '\udbff') {
        this.#half = c;
        break;
      }
      this.#take(c, out);
      this.#read += c.length;
    }
    return out;
  }

  /**
   * The first chunk, when all that came so far surely ends a sentence: asked after each `push`, it saves the wait for
   * the next word, which is the time of one token. Here alone the cut depends on how the text came.
   */
  hurry(): string[] {
    if (!this.#first || this.#inWord || this.#half !== '' || this.#lastChar === '') return [];
    if (/\d/.test(this.#lastChar) || !this.#gap.sure()) return [];
    if (this.#wordsTo - this.#wordsFrom < FIRST_SENTENCE_CHARS) return [];
    const out: string[] = [];
    this.#cut(this.#base + this.#text.length, out);
    this.#wordsFrom = -1;
    return out;
  }

  /** The reply is whole: what is left. Only a text without any letter or digit comes out without one. */
  end(): string[] {
    const out: string[] = [];
    if (this.#inWord) this.#endWord(out);
    if (this.#text !== '') out.push(this.#text);
    this.#gap = new Gap();
    this.#text = this.#half = this.#word = this.#token = this.#lastChar = '';
    this.#base = this.#read = this.#wordsTo = 0;
    this.#wordsFrom = -1;
    this.#places = [];
    this.#first = true;
    this.#inWord = false;
    return out;
  }

  #take(c: string, out: string[]): void {
    if (WORD.test(c)) {
      if (!this.#inWord) this.#startWord(c, out);
      else if (this.#read - this.#base >= HARD_LIMIT_CHARS && !this.#overflow(out)) this.#cut(this.#read, out);
      this.#inWord = true;
      this.#lastChar = c;
      this.#wordsTo = this.#read + c.length;
      if (this.#word.length < TOKEN_CHARS) this.#word += c;
      if (this.#token.length < TOKEN_CHARS) this.#token += c;
      return;
    }
    if (MARK.test(c)) return;
    if (this.#inWord) {
      this.#endWord(out);
      this.#inWord = false;
      this.#gap.begin(this.#token);
    }
    const space = SPACE.test(c);
    this.#gap.add(c, this.#read, space);
    if (space || c === '—') this.#token = '';
    else if (this.#token !== '' && this.#token.length < TOKEN_CHARS) this.#token += c;
  }

  /** A letter is there: now it is known what the gap before it was, and that the next chunk has something to say. */
  #startWord(c: string, out: string[]): void {
    const at = this.#read;
    this.#word = '';
    if (this.#wordsFrom < 0) {
      this.#wordsFrom = at;
      return;
    }
    const kind = this.#gap.end(this.#lastChar, c);
    if (kind === Boundary.NONE) {
      if (at - this.#base >= HARD_LIMIT_CHARS && !this.#overflow(out)) this.#cut(at, out);
      return;
    }
    const place = { at: this.#gap.cut, kind };
    this.#places.push(place);
    const span = this.#wordsTo - this.#wordsFrom;
    const enough = this.#first ? FIRST_SENTENCE_CHARS : SENTENCE_CHARS;
    if (kind === Boundary.SENTENCE && span >= enough) this.#cut(place.at, out);
    else if (this.#first && kind === Boundary.CLAUSE && span >= FIRST_CLAUSE_CHARS) this.#cut(place.at, out);
  }

  /** Now the last word is known: one that opens a clause makes the gap before it better, a unit makes it worse. */
  #endWord(out: string[]): void {
    const last = this.#places.at(-1);
    if (last?.kind === Boundary.WORD && last.at + this.#word.length === this.#wordsTo) {
      const word = this.#word.toLowerCase();
      if (CONJUNCTIONS.has(word)) last.kind = Boundary.CLAUSE;
      else if (UNITS.has(word) && this.#afterDigit(last.at)) this.#places.pop();
      if (this.#first && last.kind === Boundary.CLAUSE && last.at - this.#base >= FIRST_CLAUSE_CHARS) {
        this.#cut(last.at, out);
      }
    }
    while (this.#wordsTo - this.#base > this.#limit() && this.#overflow(out));
  }

  #limit(): number {
    return this.#first ? FIRST_LIMIT_CHARS : LIMIT_CHARS;
  }

  #afterDigit(at: number): boolean {
    const before = this.#text.charCodeAt(at - this.#base - 2);
    return before >= 48 && before <= 57;
  }

  /** Too long: cuts at the last good place within the limit, else at the last one, else at the first beyond. */
  #overflow(out: string[]): boolean {
    const within = this.#places.filter((place) => place.at - this.#base <= this.#limit());
    const best =
      within.findLast((place) => place.kind >= Boundary.CLAUSE && place.at - this.#base >= EARLIEST_CLAUSE) ??
      within.at(-1) ??
      this.#places[0];
    if (best === undefined) return false;
    this.#cut(best.at, out);
    return true;
  }

  #cut(at: number, out: string[]): void {
    out.push(this.#text.slice(0, at - this.#base));
    this.#text = this.#text.slice(at - this.#base);
    this.#base = at;
    this.#places = this.#places.filter((place) => place.at > at);
    // The words in hand start with the one at the cut; opening marks before it do not matter for a span.
    this.#wordsFrom = at;
    this.#first = false;
  }
}
