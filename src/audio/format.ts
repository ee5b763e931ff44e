/** The audio formats of the wire (PROTOCOL.md, Audio) to and from samples. Signed 16-bit little-endian, mono. */
import { InvalidInput } from '../errors.ts';
import { decodePcma, decodePcmu, encodePcma, encodePcmu } from './g711.ts';
import { createResampler } from './resample.ts';

export type AudioFormat =
  | { type: 'audio/pcm'; rate: 16_000 | 24_000 | 48_000 }
  | { type: 'audio/pcmu' }
  | { type: 'audio/pcma' };

/** What `Decoder.decode` yields; the same number as LISTEN_RATE of the providers' seam. */
const DECODED_RATE = 16_000;
const G711_RATE = 8_000;

export interface AudioDecoder {
  /**
   * Samples at 16 kHz; the last millisecond may wait for the next call. They may share memory with `bytes`: copy what
   * outlives them. @throws InvalidInput naming `audio` when PCM bytes end in half a sample.
   */
  decode(bytes: Uint8Array): Int16Array;
  close(): void;
}

export interface AudioEncoder {
  /** Bytes of the format; the last millisecond may wait for the next call. They may share memory with `samples`. */
  encode(samples: Int16Array): Uint8Array;
  /** The rest of the stream; the next call of `encode` starts a new one. */
  flush(): Uint8Array;
  close(): void;
}

/** Samples a second on the wire. */
export function formatRate(format: AudioFormat): number {
  return format.type === 'audio/pcm' ? format.rate : G711_RATE;
}

export function bytesPerMs(format: AudioFormat): number {
  return format.type === 'audio/pcm' ? (format.rate * 2) / 1000 : G711_RATE / 1000;
}

/** `await loadResamplers()` first. */
export function createDecoder(format: AudioFormat): AudioDecoder {
  const resampler = createResampler(formatRate(format), DECODED_RATE);
  const toSamples = { 'audio/pcm': samplesOf, 'audio/pcmu': decodePcmu, 'audio/pcma': decodePcma }[format.type];
  return { decode: (bytes) => resampler.process(toSamples(bytes)), close: () => resampler.close() };
}

/** `fromRate`: samples a second of what will be encoded. `await loadResamplers()` first. */
export function createEncoder(format: AudioFormat, fromRate: number): AudioEncoder {
  const resampler = createResampler(fromRate, formatRate(format));
  const toBytes = { 'audio/pcm': bytesOf, 'audio/pcmu': encodePcmu, 'audio/pcma': encodePcma }[format.type];
  return {
    encode: (samples) => toBytes(resampler.process(samples)),
    flush: () => toBytes(resampler.flush()),
    close: () => resampler.close(),
  };
}

/** A view where the offset allows one, else a copy. @throws InvalidInput naming `audio` for an odd length. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  if (bytes.length % 2 !== 0) throw new InvalidInput('16-bit samples come in pairs of bytes', 'audio');
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return new Int16Array(new Uint8Array(bytes).buffer);
}

/** A view of the samples' own memory. */
export function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}
