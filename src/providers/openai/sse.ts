/** Server-sent events (WHATWG HTML, 9.2.6) out of bytes, however they are split. Pure: bytes in, events out. */
export interface SseEvent {
  /** The `event:` field; empty where there is none. */
  event: string;
  /** The `data:` fields, joined by newlines. */
  data: string;
}

const LF = 0x0a;
const CR = 0x0d;
/** Bytes of a line at most. An event of the providers is a few KB. */
const MAX_LINE_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export class SseParser {
  /** The start of a line whose end has not come. */
  #rest: Buffer = NOTHING;
  /** The last chunk ended in CR: a LF that opens the next one belongs to it. */
  #afterCr = false;
  #event = '';
  #data: string[] = [];

  /**
   * The events that these bytes complete. `chunk` is only read during the call.
   * @throws RangeError when a line is longer than 1 MiB.
   */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    const skip = this.#afterCr && chunk[0] === LF ? 1 : 0;
    if (chunk.length > 0) this.#afterCr = false;
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset + skip, chunk.length - skip);
    const bytes = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    let start = 0;
    for (let at = this.#rest.length; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== LF && byte !== CR) continue;
      this.#line(bytes, start, at, events);
      if (byte === CR) {
        if (at + 1 === bytes.length) this.#afterCr = true;
        else if (bytes[at + 1] === LF) at++;
      }
      start = at + 1;
    }
    if (bytes.length - start > MAX_LINE_BYTES) throw new RangeError('a line of the event stream is too long');
    this.#rest = start === bytes.length ? NOTHING : Buffer.from(bytes.subarray(start));
    return events;
  }

  #line(bytes: Buffer, start: number, end: number, events: SseEvent[]): void {
    if (start === end) {
      if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
      return;
    }
    const line = bytes.toString('utf8', start, end);
    const colon = line.indexOf(':');
    // A line that opens with a colon is a comment, kept up to keep the connection.
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
  }
}
