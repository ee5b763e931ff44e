/** One utterance on its way to a recogniser: waiting for a free one, being heard, or done. */
import { ProviderError } from '../../errors.ts';
import { LISTEN_RATE, type TranscribeOptions, type Transcript, type UtteranceStream } from '../types.ts';

/** Audio goes to the recogniser in pieces of 40 ms: few messages, and little is left over at the end. */
const PIECE_SAMPLES = LISTEN_RATE / 25;
/** What is kept for an utterance that no recogniser listens to yet: 60 s, 2 MB. */
const MOST_WAITING_PIECES = 60 * 25;

/** Where an utterance's audio goes; given to it when a recogniser is free. */
export interface Listener {
  audio(samples: Int16Array<ArrayBuffer>): void;
  finish(): void;
}

export type Outcome = { transcript: Transcript } | { reason: unknown };

export class Utterance implements UtteranceStream {
  readonly options: TranscribeOptions;
  /** Called once, when the person has finished, the caller has given up or something has failed. */
  readonly #onSettled: (utterance: Utterance) => void;
  #listener: Listener | null = null;
  #waiting: Int16Array<ArrayBuffer>[] = [];
  #piece = new Int16Array(PIECE_SAMPLES);
  #filled = 0;
  #finished = false;
  #outcome: Outcome | null = null;
  #promise: Promise<Transcript> | null = null;
  #settle: ((outcome: Outcome) => void) | null = null;
  readonly #onAbort = () => this.settle({ reason: this.options.signal.reason });

  constructor(options: TranscribeOptions, onSettled: (utterance: Utterance) => void) {
    this.options = options;
    this.#onSettled = onSettled;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get settled(): boolean {
    return this.#outcome !== null;
  }

  get finished(): boolean {
    return this.#finished;
  }

  feed(samples: Int16Array): void {
    if (this.#finished || this.#outcome !== null) return;
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + PIECE_SAMPLES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_SAMPLES) this.#flush();
    }
  }

  finish(): Promise<Transcript> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#settle = (outcome) => ('transcript' in outcome ? resolve(outcome.transcript) : reject(outcome.reason));
      if (this.#outcome !== null) this.#settle(this.#outcome);
    });
    if (!this.#finished && this.#outcome === null) {
      this.#flush();
      this.#finished = true;
      this.#listener?.finish();
    }
    return this.#promise;
  }

  /** A recogniser is free: hands it what has waited, and from now on what comes. */
  listen(listener: Listener): void {
    this.#listener = listener;
    for (const piece of this.#waiting.splice(0)) listener.audio(piece);
    if (this.#finished) listener.finish();
  }

  partial(text: string): void {
    if (this.#outcome === null) this.options.onPartial?.(text);
  }

  /** Only the first outcome counts. `finish()` tells of it, also when it is called later. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#waiting = [];
    this.options.signal.removeEventListener('abort', this.#onAbort);
    this.#settle?.(outcome);
    this.#onSettled(this);
  }

  #flush(): void {
    if (this.#filled === 0) return;
    const piece = this.#piece.slice(0, this.#filled);
    this.#filled = 0;
    if (this.#listener !== null) this.#listener.audio(piece);
    else if (this.#waiting.length < MOST_WAITING_PIECES) this.#waiting.push(piece);
    else this.settle({ reason: busy('this utterance became too long to keep') });
  }
}

export function busy(why: string): ProviderError {
  return new ProviderError('embedded', `every recogniser is busy; ${why}`, { code: 'transcription_busy', status: 503 });
}
