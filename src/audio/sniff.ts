/** What a file is by its content; its name and declared type are the sender's word and are not asked. */
import { oggCodec } from './ogg.ts';
import { fourcc, isWav } from './wav.ts';

export type AudioFileKind = 'wav' | 'mp3' | 'aac' | 'mp4' | 'ogg-opus' | 'ogg-vorbis' | 'webm' | 'flac';

const EBML = '\u001aE\u00df\u00a3';

export function sniff(bytes: Uint8Array): AudioFileKind | null {
  if (isWav(bytes)) return 'wav';
  const magic = fourcc(bytes, 0);
  if (magic === 'fLaC') return 'flac';
  if (magic === EBML) return 'webm';
  if (magic === 'OggS') {
    const codec = oggCodec(bytes);
    return codec === 'other' ? null : `ogg-${codec}`;
  }
  if (fourcc(bytes, 4) === 'ftyp') return 'mp4';
  return mpeg(bytes, id3Length(bytes));
}

/** MP3 and ADTS have no magic number: two frames in a row, the second where the first one's length says. */
function mpeg(bytes: Uint8Array, start: number): AudioFileKind | null {
  for (const [kind, length] of [
    ['mp3', mp3FrameLength],
    ['aac', adtsFrameLength],
  ] as const) {
    const first = length(bytes, start);
    if (first > 0 && length(bytes, start + first) > 0) return kind;
  }
  return null;
}

/** Bytes of the ID3v2 tag at the start, its header included; 0 without one. */
function id3Length(bytes: Uint8Array): number {
  if (!fourcc(bytes, 0).startsWith('ID3') || bytes.length < 10) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
  return 10 + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127));
}

/** kbit/s of layer III (ISO/IEC 11172-3, 13818-3) by the header's index; 0 is "free", which nobody writes. */
const MPEG1_BITRATES = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_BITRATES = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG1_RATES = [44_100, 48_000, 32_000];

/** 0 where no layer III frame starts. */
function mp3FrameLength(bytes: Uint8Array, at: number): number {
  const [sync = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
  const version = (second >> 3) & 3;
  if (sync !== 0xff || second < 0xe0 || version === 1 || ((second >> 1) & 3) !== 1) return 0;
  const kbps = (version === 3 ? MPEG1_BITRATES : MPEG2_BITRATES)[third >> 4] ?? 0;
  const rate = (MPEG1_RATES[(third >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  if (kbps === 0 || rate === 0) return 0;
  return Math.floor(((version === 3 ? 144 : 72) * kbps * 1000) / rate) + ((third >> 1) & 1);
}

/** 0 where no ADTS frame (ISO/IEC 13818-7) starts. */
function adtsFrameLength(bytes: Uint8Array, at: number): number {
  const header = bytes.subarray(at, at + 7);
  if (header.length < 7 || header[0] !== 0xff || ((header[1] ?? 0) & 0xf6) !== 0xf0) return 0;
  const length = (((header[3] ?? 0) & 3) << 11) | ((header[4] ?? 0) << 3) | ((header[5] ?? 0) >> 5);
  return length > 7 ? length : 0;
}
