import type { AudioFormat } from '../audio-format.ts';
import type { ServerEvent } from '../events/index.ts';
import { decodeFrame } from '../frame.ts';
import { fromBase64 } from './base64.ts';
import { bytesPerMs } from './outbox.ts';
import type { ReplyAudio } from './types.ts';

/** Streams remembered: a reply that is playing and the few before it. */
const MAX_STREAMS = 32;

/** Turns binary frames and base64 deltas into audio of items. */
export class ReplyAudioReader {
  #streams = new Map<number, { item_id: string; response_id: string }>();
  #format: AudioFormat | null = null;
  #item: string | null = null;
  #position_ms: number | null = 0;

  /** Looks at every event; returns the audio it carries, if any. */
  event(event: ServerEvent): ReplyAudio | null {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#format = event.session.audio.output.format;
        return null;
      case 'coach.audio.started':
        this.#streams.set(event.stream, { item_id: event.item_id, response_id: event.response_id });
        if (this.#streams.size > MAX_STREAMS) this.#streams.delete(this.#streams.keys().next().value ?? -1);
        return null;
      case 'response.output_audio.delta': {
        const payload = fromBase64(event.delta);
        return payload === null ? null : this.#next(event.item_id, event.response_id, payload, false);
      }
      case 'response.output_audio.done': {
        if (this.#item !== event.item_id) return null;
        const audio = this.#next(event.item_id, event.response_id, new Uint8Array(0), true);
        this.#item = null;
        return audio;
      }
      default:
        return null;
    }
  }

  /** A binary message; a string says why it is no audio of a known item. */
  frame(bytes: Uint8Array): ReplyAudio | string {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) return decoded.error.message;
    const { stream, start_ms, last, payload } = decoded.frame;
    const bound = this.#streams.get(stream);
    return bound === undefined ? 'no item is bound to this stream' : { ...bound, start_ms, last, payload };
  }

  #next(item_id: string, response_id: string, payload: Uint8Array, last: boolean): ReplyAudio {
    if (this.#item !== item_id) {
      this.#item = item_id;
      this.#position_ms = 0;
    }
    const start_ms = this.#position_ms;
    const unit = this.#format === null ? null : bytesPerMs(this.#format);
    this.#position_ms = start_ms === null || unit === null ? null : start_ms + payload.length / unit;
    return { item_id, response_id, start_ms, last, payload };
  }
}

/** Samples of little-endian pcm, as a view where the platform and the alignment allow it. */
export function pcmSamples(payload: Uint8Array): Int16Array {
  const length = payload.length >> 1;
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (littleEndian && payload.byteOffset % 2 === 0) return new Int16Array(payload.buffer, payload.byteOffset, length);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Int16Array.from({ length }, (_, i) => view.getInt16(i * 2, true));
}

/** Little-endian bytes of samples, as a view where the platform allows it. */
export function pcmBytes(samples: Int16Array): Uint8Array {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (littleEndian) return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (const [i, sample] of samples.entries()) view.setInt16(i * 2, sample, true);
  return new Uint8Array(view.buffer);
}
