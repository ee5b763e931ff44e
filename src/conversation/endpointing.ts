/**
 * When has a person finished? Decided from the words so far, the question they answer and how long they spoke. Pure.
 *
 * The pauses are a design choice between two figures of the field: people answer each other after some 200 ms, and a
 * detector that wrongly cuts in on 5 % of pauses waits 543 ms (LiveKit's) to 1,151 ms (Deepgram Flux). A finished
 * sentence waits less than that, an unclear one about as long, and words that promise more get the time that somebody
 * in coaching takes to find the next ones: being cut off is what users of such agents complain of most.
 */
import { completeness, isDeepQuestion, isStockPhrase, plainWords } from './phrases.ts';

export type Detection =
  | { type: 'server_vad'; silence_duration_ms: number }
  | { type: 'semantic_vad'; eagerness: 'low' | 'medium' | 'high' };

export interface EndpointInput {
  detection: Detection;
  /** What the recogniser heard so far: lower-case words as a rule, possibly behind the speech, or empty. */
  partial: string;
  /** How long the person spoke in this utterance, ms. */
  speech_ms: number;
  /** The coach's last words, null when there were none. */
  question: string | null;
}

/** No pause is longer, whatever the setting asks for: a person who waits for an answer thinks the line is dead. */
export const MAX_PAUSE_MS = 4_000;

/** Ms of silence. `short`: a word or two in answer to a question that wants a thought. */
const PAUSES = {
  high: { finished: 300, unclear: 600, short: 800, trailing: 1_200 },
  medium: { finished: 450, unclear: 900, short: 1_200, trailing: 1_900 },
  low: { finished: 800, unclear: 1_500, short: 2_000, trailing: 3_200 },
} as const;

/** Fewer words than this in so much speech, and the transcript is behind: slow readers still say 1.5 a second. */
const LAGGING_WORDS_PER_SECOND = 0.8;
/** Below this, too little was said to tell, ms. */
const LAG_FROM_MS = 2_500;

/**
 * The pause after which the utterance is over, ms, 0..MAX_PAUSE_MS. `server_vad` gives just what was set; the semantic
 * rule reads English, and takes four and more words of another language for a sentence.
 */
export function requiredPause(input: EndpointInput): number {
  const { detection } = input;
  if (detection.type === 'server_vad') return Math.min(MAX_PAUSE_MS, Math.max(0, detection.silence_duration_ms));
  return PAUSES[detection.eagerness][judge(input)];
}

function judge({ partial, speech_ms, question }: EndpointInput): 'finished' | 'unclear' | 'short' | 'trailing' {
  const spoken = plainWords(partial);
  const judged = completeness(partial);
  if (judged === 'trailing' || spoken.length === 0) return judged;
  const lagging = speech_ms >= LAG_FROM_MS && spoken.length < (speech_ms / 1_000) * LAGGING_WORDS_PER_SECOND;
  if (lagging) return 'unclear';
  if (spoken.length <= 2 && question !== null && isDeepQuestion(question) && !isStockPhrase(spoken)) return 'short';
  return judged;
}
