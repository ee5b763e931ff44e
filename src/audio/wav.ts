/** RIFF WAVE, as people and recorders write it. */
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { bytesOf } from './format.ts';
import { decodePcma, decodePcmu } from './g711.ts';

export interface WavAudio {
  /** Samples a second, 4,000..192,000. */
  rate: number;
  /** Mono: two channels are averaged. */
  samples: Int16Array;
}

const HEADER_BYTES = 44;
/** Sizes at or above this stand for "until the end": recorders that stream cannot know better. */
const STREAMING_SIZE = 0x7fff_f000;
const Tag = { PCM: 1, FLOAT: 3, ALAW: 6, MULAW: 7, EXTENSIBLE: 0xfffe } as const;

interface Format {
  tag: number;
  channels: number;
  rate: number;
  bits: number;
}

export function isWav(bytes: Uint8Array): boolean {
  return fourcc(bytes, 0) === 'RIFF' && fourcc(bytes, 8) === 'WAVE';
}

/**
 * PCM of 8, 16, 24 and 32 bits, 32-bit float, G.711; one or two channels; chunks it does not know are passed over.
 * @throws InvalidInput `invalid_audio` (param `audio`) for what is cut or contradicts itself; KukuError
 * `unsupported_audio` (415) for other encodings.
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  if (!isWav(bytes)) throw invalidAudio('not a WAV file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = fourcc(bytes, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === 'data') {
      if (format === null) throw invalidAudio('the WAV file has no format before its data');
      return { rate: format.rate, samples: mono(bytes.subarray(start, dataEnd(start, size, bytes.length)), format) };
    }
    if (start + size > bytes.length) break;
    if (id === 'fmt ') format = parseFormat(new DataView(bytes.buffer, bytes.byteOffset + start, size));
    at = start + size + (size & 1);
  }
  throw invalidAudio('the WAV file ends before its data');
}

function dataEnd(start: number, size: number, length: number): number {
  if (size >= STREAMING_SIZE || size === 0) return length;
  if (start + size > length) throw invalidAudio('the WAV file ends before its data does');
  return start + size;
}

function parseFormat(chunk: DataView): Format {
  if (chunk.byteLength < 16) throw invalidAudio('the WAV file has a short format chunk');
  let tag = chunk.getUint16(0, true);
  // The real tag of an extensible header opens its sub-format GUID, 24 bytes in.
  if (tag === Tag.EXTENSIBLE && chunk.byteLength >= 26) tag = chunk.getUint16(24, true);
  const format = {
    tag,
    channels: chunk.getUint16(2, true),
    rate: chunk.getUint32(4, true),
    bits: chunk.getUint16(14, true),
  };
  if (format.channels !== 1 && format.channels !== 2) {
    throw unsupportedAudio(`WAV with ${format.channels} channels; one or two are understood`);
  }
  if (format.rate < 4_000 || format.rate > 192_000) throw invalidAudio(`a sample rate of ${format.rate} Hz`);
  reader(format);
  return format;
}

/** Bytes to 16-bit samples of all channels, interleaved. */
function reader({ tag, bits }: Format): (bytes: Uint8Array) => Int16Array {
  if (tag === Tag.ALAW && bits === 8) return decodePcma;
  if (tag === Tag.MULAW && bits === 8) return decodePcmu;
  if (tag === Tag.PCM && bits === 8) return each(1, (view, at) => (view.getUint8(at) - 128) << 8);
  if (tag === Tag.PCM && bits === 16) return each(2, (view, at) => view.getInt16(at, true));
  if (tag === Tag.PCM && bits === 24) return each(3, (view, at) => view.getInt16(at + 1, true));
  if (tag === Tag.PCM && bits === 32) return each(4, (view, at) => view.getInt16(at + 2, true));
  if (tag === Tag.FLOAT && bits === 32) return each(4, (view, at) => floatToSample(view.getFloat32(at, true)));
  throw unsupportedAudio(`WAV encoding ${tag} with ${bits} bits`);
}

function each(width: number, read: (view: DataView, at: number) => number): (bytes: Uint8Array) => Int16Array {
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const samples = new Int16Array(Math.floor(bytes.length / width));
    for (let i = 0; i < samples.length; i++) samples[i] = read(view, i * width);
    return samples;
  };
}

/** -1..1 to 16 bits; beyond is clipped, and what is no number is silence. */
export function floatToSample(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767))) || 0;
}

/** A last frame that is not whole is left out. */
function mono(bytes: Uint8Array, format: Format): Int16Array {
  const samples = reader(format)(bytes);
  if (format.channels === 1) return samples;
  const mixed = new Int16Array(samples.length >> 1);
  for (let i = 0; i < mixed.length; i++) mixed[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) >> 1;
  return mixed;
}

/** A whole mono 16-bit file. */
export function writeWav(samples: Int16Array, rate: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER_BYTES + samples.byteLength);
  file.set(wavHeader(rate, samples.byteLength));
  file.set(bytesOf(samples), HEADER_BYTES);
  return file;
}

/** The 44 bytes before mono 16-bit samples. Without `dataBytes` the sizes say "until the end", for streams. */
export function wavHeader(rate: number, dataBytes: number | null = null): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) header[at + i] = value.charCodeAt(i);
  };
  text(0, 'RIFF');
  view.setUint32(4, dataBytes === null ? 0xffff_ffff : dataBytes + HEADER_BYTES - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, Tag.PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataBytes ?? 0xffff_ffff, true);
  return header;
}

/** Four bytes as Latin text, for magic numbers; shorter at the end of the bytes. */
export function fourcc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
