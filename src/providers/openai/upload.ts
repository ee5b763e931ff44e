/** An utterance as the multipart body of an upload, built in place: one buffer, header first, no copy at the end. */
import { bytesOf } from '../../audio/format.ts';
import { wavHeader } from '../../audio/wav.ts';

/** Any text that no WAV starts a line with. */
const BOUNDARY = 'kuku-utterance-7d1f4c';
export const UPLOAD_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
/** Grows by doubling from about 3 s at 16 kHz. */
const INITIAL_BYTES = 96 * 1024;
const WAV_HEADER_BYTES = 44;
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);

export class Upload {
  readonly #rate: number;
  readonly #head: Buffer;
  #buffer: Buffer;
  #length: number;

  /** `fields` come before the file; their values are the operator's or the protocol's, never free text. */
  constructor(rate: number, fields: Record<string, string>) {
    this.#rate = rate;
    const parts = Object.entries(fields).map(
      ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    parts.push(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="utterance.wav"\r\n`,
      'Content-Type: audio/wav\r\n\r\n',
    );
    this.#head = Buffer.from(parts.join(''));
    this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#head.copy(this.#buffer);
    this.#length = this.#head.length + WAV_HEADER_BYTES;
  }

  /** Milliseconds of audio so far. */
  get durationMs(): number {
    return ((this.#length - this.#head.length - WAV_HEADER_BYTES) / 2 / this.#rate) * 1000;
  }

  /** Copies the samples. */
  add(samples: Int16Array): void {
    this.#reserve(samples.byteLength + TAIL.length);
    this.#buffer.set(bytesOf(samples), this.#length);
    this.#length += samples.byteLength;
  }

  /** The whole body. Nothing may be added after it. */
  finish(): Buffer {
    this.#reserve(TAIL.length);
    const audio = this.#length - this.#head.length - WAV_HEADER_BYTES;
    this.#buffer.set(wavHeader(this.#rate, audio), this.#head.length);
    TAIL.copy(this.#buffer, this.#length);
    return this.#buffer.subarray(0, this.#length + TAIL.length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
