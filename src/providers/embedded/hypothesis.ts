/** From what the recogniser says to what the person said. */

/** A stretch of an utterance and the dictionary's word for it, e.g. `to(3)`, `<sil>`, `[SPEECH]`, `++NOISE++`. */
export interface Segment {
  word: string;
  /** Length in frames of 10 ms. */
  frames: number;
  /** Sounds in that pronunciation; 0 where it is unknown. */
  phones: number;
}

/** Slow speakers give a sound 270 ms at the end of a sentence. Steady noise is heard as one word that goes on and on. */
const LONGEST_PHONE_FRAMES = 35;

const isFiller = (word: string) => word === '' || /^(<.*>|\[.*\]|\+\+.*\+\+)$/.test(word);

/** The word as written: without the number of its pronunciation, in small letters. */
const plain = (word: string) => word.replace(/\(\d+\)$/, '').toLowerCase();

/** The recogniser's hypothesis as text. */
export function hypothesisText(hypothesis: string): string {
  return hypothesis
    .split(/\s+/)
    .filter((word) => !isFiller(word))
    .map(plain)
    .join(' ');
}

export interface Heard {
  text: string;
  /** 0..1: the share of the supposed words' time that no words can fill; 1 when there are no words. */
  no_speech: number;
  /** Frames of 10 ms with believable words in them. */
  frames: number;
}

/** Leaves out fillers, and words too long to be words. */
export function heard(segments: readonly Segment[]): Heard {
  const words = segments.filter(({ word }) => !isFiller(word));
  const believable = words.filter(({ frames, phones }) => frames <= LONGEST_PHONE_FRAMES * Math.max(1, phones));
  const total = sum(words);
  const frames = sum(believable);
  return {
    text: believable.map(({ word }) => plain(word)).join(' '),
    no_speech: total === 0 ? 1 : 1 - frames / total,
    frames,
  };
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((frames, segment) => frames + segment.frames, 0);
}
