/** Compressed audio to mono samples at 16 kHz, piece by piece so that no file can ask for more memory than it is due. */
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { mp4Audio } from './mp4.ts';
import { type OpusStream, oggOpus } from './ogg.ts';
import { createResampler, join, loadResamplers, type Resampler } from './resample.ts';
import type { AudioFileKind } from './sniff.ts';
import { floatToSample, parseWav } from './wav.ts';
import { webmOpus } from './webm.ts';

/** Samples a second of every result. */
export const DECODED_RATE = 16_000;
/** 30 minutes: a session is not longer by default. */
const MAX_SAMPLES = 30 * 60 * DECODED_RATE;
/** Bytes given to a decoder at once. A FLAC frame of 14 bytes may hold 65,535 samples, so those get little. */
const MP3_PIECE = 16_384;
const FLAC_PIECE = 2_048;
const VORBIS_PIECE = 4_096;
/** Frames given at once: 1 s of Opus, 1.4 s of AAC. */
const FRAMES_PIECE = 50;

/** What all the libraries give back. */
interface Decoded {
  channelData: Float32Array[];
  sampleRate: number;
}

/** Collects: channels averaged, resampled, bounded. */
class Collector {
  readonly #parts: Int16Array[] = [];
  #resampler: Resampler | null = null;
  #length = 0;

  add({ channelData: [left, right], sampleRate }: Decoded): void {
    if (left === undefined || left.length === 0) return;
    const samples = new Int16Array(left.length);
    for (let i = 0; i < samples.length; i++) {
      samples[i] = floatToSample(right === undefined ? (left[i] ?? 0) : ((left[i] ?? 0) + (right[i] ?? 0)) / 2);
    }
    this.addSamples(samples, sampleRate);
  }

  addSamples(samples: Int16Array, rate: number): void {
    if (this.#resampler?.from !== rate) {
      this.#keep(this.#resampler?.flush());
      this.#resampler?.close();
      if (rate < 4_000 || rate > 192_000) throw invalidAudio(`a sample rate of ${rate} Hz`);
      this.#resampler = createResampler(rate, DECODED_RATE);
    }
    this.#keep(this.#resampler.process(samples));
  }

  finish(): Int16Array {
    this.#keep(this.#resampler?.flush());
    this.close();
    if (this.#length === 0) throw invalidAudio('there is no audio in the file');
    return join(this.#parts);
  }

  close(): void {
    this.#resampler?.close();
    this.#resampler = null;
  }

  #keep(samples: Int16Array | undefined): void {
    if (samples === undefined || samples.length === 0) return;
    this.#length += samples.length;
    if (this.#length > MAX_SAMPLES) throw invalidAudio(`more than ${MAX_SAMPLES / DECODED_RATE / 60} minutes of audio`);
    this.#parts.push(samples);
  }
}

const DECODERS: Record<AudioFileKind, (bytes: Uint8Array, out: Collector) => Promise<void> | void> = {
  wav(bytes, out) {
    const { samples, rate } = parseWav(bytes);
    out.addSamples(samples, rate);
  },
  // Each library is loaded where it is needed: all of them together take 150 ms to start.
  async mp3(bytes, out) {
    const { MPEGDecoder } = await import('mpg123-decoder');
    await inPieces(new MPEGDecoder(), bytes, MP3_PIECE, out);
  },
  async flac(bytes, out) {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    await inPieces(new FLACDecoder(), bytes, FLAC_PIECE, out);
  },
  async 'ogg-vorbis'(bytes, out) {
    // The identification header: 28 bytes of page header, 7 of magic, 4 of version, then the channels.
    const channels = bytes[39] ?? 0;
    if (channels > 2) throw unsupportedAudio(`Vorbis with ${channels} channels; one or two are understood`);
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    await inPieces(new OggVorbisDecoder(), bytes, VORBIS_PIECE, out);
  },
  'ogg-opus': (bytes, out) => opus(oggOpus(bytes), out),
  webm: (bytes, out) => opus(webmOpus(bytes), out),
  async mp4(bytes, out) {
    const { config, frames } = mp4Audio(bytes);
    const { decoder } = await loadAac();
    await inBatches(await decoder(config), frames, out);
  },
  async aac(bytes, out) {
    const { decoder } = await loadAac();
    await inPieces({ ready: null, ...bind(await decoder()) }, bytes, MP3_PIECE, out);
  },
};

/** @throws KukuError (`invalid_audio`, `unsupported_audio`), or whatever a library makes of a broken file. */
export async function decodeAs(kind: AudioFileKind, bytes: Uint8Array): Promise<Int16Array> {
  await loadResamplers();
  const out = new Collector();
  try {
    await DECODERS[kind](bytes, out);
    return out.finish();
  } finally {
    out.close();
  }
}

interface PieceDecoder {
  ready: Promise<void> | null;
  decode(piece: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Decoded | Promise<Decoded>;
  free(): void;
}

async function inPieces(decoder: PieceDecoder, bytes: Uint8Array, piece: number, out: Collector): Promise<void> {
  await decoder.ready;
  try {
    for (let at = 0; at < bytes.length; at += piece) out.add(await decoder.decode(bytes.subarray(at, at + piece)));
    if (decoder.flush) out.add(await decoder.flush());
  } finally {
    decoder.free();
  }
}

type AacDecoder = Awaited<ReturnType<typeof import('@audio/decode-aac')['decoder']>>;

function bind(aac: AacDecoder): Pick<PieceDecoder, 'decode' | 'free'> {
  return { decode: (piece) => aac.decode(piece), free: () => aac.free() };
}

async function inBatches(decoder: AacDecoder, frames: Iterable<Uint8Array>, out: Collector): Promise<void> {
  try {
    let batch: Uint8Array[] = [];
    for (const frame of frames) {
      if (batch.push(frame) < FRAMES_PIECE) continue;
      out.add(decoder.decode(batch));
      batch = [];
    }
    if (batch.length > 0) out.add(decoder.decode(batch));
  } finally {
    decoder.free();
  }
}

/** Opus decodes to 16 kHz by itself; positions in its containers are at 48 kHz. */
async function opus({ channels, preSkip, packets, length }: OpusStream, out: Collector): Promise<void> {
  const { OpusDecoder } = await import('opus-decoder');
  const decoder = new OpusDecoder({ channels, sampleRate: DECODED_RATE });
  await decoder.ready;
  try {
    let skip = Math.round(preSkip / 3);
    let left = length === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.round(length / 3));
    for (let at = 0; at < packets.length && left > 0; at += FRAMES_PIECE) {
      const { channelData } = decoder.decodeFrames(packets.slice(at, at + FRAMES_PIECE));
      const decoded = channelData[0]?.length ?? 0;
      const kept = channelData.map((channel) => channel.subarray(skip, skip + left));
      skip = Math.max(0, skip - decoded);
      left -= kept[0]?.length ?? 0;
      out.add({ channelData: kept, sampleRate: DECODED_RATE });
    }
  } finally {
    decoder.free();
  }
}

/** Under the GPL, so optional: an operator may leave it out, and AAC is then not understood. */
async function loadAac(): Promise<typeof import('@audio/decode-aac')> {
  try {
    return await import('@audio/decode-aac');
  } catch {
    throw unsupportedAudio('AAC is not understood here: the optional package @audio/decode-aac is not installed');
  }
}
