import { bytesPerMs, createEncoder } from '../audio/format.ts';
import type { Clock } from '../clock.ts';
import { Reply, type ReplySnapshot, type ReplyTimings } from '../conversation/reply.ts';
import type { SpeechProvider, SpeechSession } from '../providers/types.ts';
import type { Outbox } from './outbox.ts';
import { codecFormat } from './settings.ts';
import type { ReplyState, SessionInput, Settings } from './state.ts';

export interface MouthParts {
  clock: Clock;
  speech: SpeechProvider;
}

/** One session's way out: a reply's text and audio, in order, through the outbox. */
export class Mouth {
  /** When the reply's first audio left, monotonic ms. */
  firstAudio: number | null = null;
  #parts: MouthParts;
  #outbox: Outbox;
  #input: (input: SessionInput) => void;
  #speech: SpeechSession;
  #reply: Reply | null = null;
  #last: { item_id: string; reply: Reply } | null = null;
  #state: ReplyState | null = null;
  #stream = 0;
  #announced = false;

  constructor(parts: MouthParts, outbox: Outbox, input: (input: SessionInput) => void) {
    this.#parts = parts;
    this.#outbox = outbox;
    this.#input = input;
    this.#speech = parts.speech.open();
  }

  get timings(): ReplyTimings | null {
    return this.#last?.reply.timings ?? null;
  }

  snapshot(): ReplySnapshot | null {
    return this.#reply?.snapshot() ?? null;
  }

  /** The words of an item before `ms`; null where its audio is no longer known. */
  heardAt(item_id: string, ms: number): string | null {
    return this.#last?.item_id === item_id ? this.#last.reply.heardAt(ms) : null;
  }

  /** The client says how much of an item it has played. */
  playout(item_id: string, ms: number): void {
    if (this.#state?.item_id === item_id) this.#reply?.playout.report(ms);
  }

  speak(
    state: ReplyState,
    settings: Settings,
    voice: string,
    language: string,
    source: (signal: AbortSignal) => AsyncIterable<string>,
  ): void {
    const { response_id, item_id } = state;
    const at = { response_id, item_id, output_index: 0, content_index: 0 };
    const format = codecFormat(settings.output_format);
    const encoder = () => ({ ...createEncoder(format, this.#parts.speech.rate), bytesPerMs: bytesPerMs(format) });
    const spoken = state.spoken ? { session: this.#speech, voice, language, encoder: encoder() } : null;
    const reply = new Reply(this.#parts.clock, spoken, {
      onText: (delta) => this.#outbox.event({ type: 'response.output_audio_transcript.delta', ...at, delta }),
      onTextDone: (text) => this.#input({ type: 'reply_text_done', response_id, text }),
      onSlice: (slice) => {
        this.#announce();
        this.#outbox.audio(slice, { stream: this.#stream, response_id, item_id }, reply.signal, () => {
          this.firstAudio ??= this.#parts.clock.mono();
        });
      },
      onSent: () => {
        if (spoken !== null) this.#outbox.endOfStream(this.#stream, reply.playout.sentMs);
        this.#input({ type: 'reply_sent', response_id });
      },
      onFailed: ({ code }) =>
        this.#input({ type: 'reply_failed', response_id, code, message: 'the coach could not finish this reply' }),
    });
    this.#reply = reply;
    this.#state = state;
    this.#last = { item_id, reply };
    this.#announced = false;
    this.firstAudio = null;
    void reply.run(source(reply.signal));
  }

  pause(): void {
    this.#reply?.playout.pause();
  }

  /** Goes on from where it was heard, in a new stream: the client threw the rest of the old one away. */
  resume(): void {
    this.#announced = false;
    this.#reply?.playout.resume();
  }

  cancel(): void {
    this.#reply?.cancel();
    this.#reply = null;
    this.#state = null;
  }

  close(): void {
    this.cancel();
    this.#speech.close();
  }

  #announce(): void {
    if (this.#announced || this.#state === null) return;
    this.#announced = true;
    this.#stream += 1;
    const { item_id, response_id } = this.#state;
    this.#outbox.audioStarted({ stream: this.#stream, item_id, response_id });
  }
}
