import type { AudioFormat } from '../audio-format.ts';

interface AudioEntry {
  kind: 'audio';
  start_ms: number;
  end_ms: number;
  payload: Uint8Array;
}
interface EventEntry {
  kind: 'event';
  text: string;
  /** The message this event creates, if it creates one. */
  item_id: string | undefined;
}
export type OutboxEntry = AudioEntry | EventEntry;

/** Longest frame the client sends, ms, so that a long recording given at once stays far below any message limit. */
const MAX_FRAME_MS = 200;
const MAX_EVENTS = 256;

/** Bytes of one millisecond of audio, always whole; null for opus, whose packets say nothing. */
export function bytesPerMs(format: AudioFormat): number | null {
  if (format.type === 'audio/opus') return null;
  return format.type === 'audio/pcm' ? (format.rate * 2) / 1000 : 8;
}

/**
 * What is on its way to the server, in order: audio until it is acknowledged, events until they were sent. Cuts audio
 * into frames of whole milliseconds and stamps them with the capture clock, which never runs backwards.
 */
export class Outbox {
  #entries: OutboxEntry[] = [];
  #rest = new Uint8Array(0);
  #captured_ms = 0;
  #audio_ms = 0;
  #lost_ms = 0;
  #events = 0;
  #synced = false;
  readonly #keep_ms: number;

  constructor(keep_ms: number) {
    this.#keep_ms = keep_ms;
  }

  /** Capture clock: milliseconds of audio given so far. */
  get captured_ms(): number {
    return this.#captured_ms;
  }
  /** Audio that had to be given up unacknowledged, ms. */
  get lost_ms(): number {
    return this.#lost_ms;
  }
  get unacknowledged_ms(): number {
    return this.#audio_ms;
  }

  /** Copies `bytes`; returns the frames that are now ready to be sent. Less than a millisecond waits for the next call. */
  addAudio(bytes: Uint8Array, format: AudioFormat, opusPacketMs: number): OutboxEntry[] {
    const unit = bytesPerMs(format);
    if (unit === null) return [this.#push(bytes.slice(), opusPacketMs)];
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const whole_ms = Math.floor(all.length / unit);
    const added: OutboxEntry[] = [];
    for (let at = 0; at < whole_ms; at += MAX_FRAME_MS) {
      const ms = Math.min(MAX_FRAME_MS, whole_ms - at);
      added.push(this.#push(all.subarray(at * unit, (at + ms) * unit), ms));
    }
    this.#rest = all.slice(whole_ms * unit);
    return added;
  }

  /** Keeps an event until a connection takes it. Past a bound the oldest is given up. */
  addEvent(text: string, item_id?: string): void {
    this.#entries.push({ kind: 'event', text, item_id });
    if (++this.#events <= MAX_EVENTS) return;
    this.#entries.splice(
      this.#entries.findIndex((entry) => entry.kind === 'event'),
      1,
    );
    this.#events--;
  }

  /**
   * The server has captured audio up to here. Returns true when it has more than this client ever gave, as for a new
   * client of an old session: the clock then goes on from there and what is kept must be sent again.
   */
  acknowledge(audio_ms: number): boolean {
    const ahead = !this.#synced && audio_ms > this.#captured_ms;
    this.#synced = true;
    if (ahead) {
      const shift = Math.ceil(audio_ms) - (this.#captured_ms - this.#audio_ms);
      for (const entry of this.#entries) {
        if (entry.kind !== 'audio') continue;
        entry.start_ms += shift;
        entry.end_ms += shift;
      }
      this.#captured_ms += shift;
      return this.#audio_ms > 0;
    }
    this.#entries = this.#entries.filter((entry) => {
      if (entry.kind === 'event' || entry.end_ms > audio_ms) return true;
      this.#audio_ms -= entry.end_ms - entry.start_ms;
      return false;
    });
    return false;
  }

  /** Everything to send on a fresh connection, in order. Events are given up by this, audio is not. */
  drain(): OutboxEntry[] {
    const all = this.#entries;
    this.#entries = all.filter((entry) => entry.kind === 'audio');
    this.#events = 0;
    return all;
  }

  /** For dialects without acknowledgement: forget the audio. */
  forgetAudio(): void {
    this.#entries = this.#entries.filter((entry) => entry.kind === 'event');
    this.#audio_ms = 0;
  }

  #push(payload: Uint8Array, ms: number): AudioEntry {
    const start_ms = this.#captured_ms;
    const entry: AudioEntry = { kind: 'audio', start_ms, end_ms: start_ms + ms, payload };
    this.#captured_ms += ms;
    this.#audio_ms += ms;
    this.#entries.push(entry);
    while (this.#audio_ms > this.#keep_ms) {
      const oldest = this.#entries.findIndex((kept) => kept.kind === 'audio');
      const gone = this.#entries.splice(oldest, 1)[0];
      if (gone?.kind !== 'audio') break;
      this.#audio_ms -= gone.end_ms - gone.start_ms;
      this.#lost_ms += gone.end_ms - gone.start_ms;
    }
    return entry;
  }
}
