/** WebM (Matroska, RFC 9559) to the packets of its first Opus track: what browsers' MediaRecorder writes. */
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { type OpusStream, opusHead } from './ogg.ts';

/** Element ids, marker bits included. */
const Id = {
  SEGMENT: 0x1853_8067,
  TRACKS: 0x1654_ae6b,
  TRACK_ENTRY: 0xae,
  TRACK_NUMBER: 0xd7,
  CODEC_ID: 0x86,
  CODEC_PRIVATE: 0x63a2,
  CLUSTER: 0x1f43_b675,
  SIMPLE_BLOCK: 0xa3,
  BLOCK_GROUP: 0xa0,
  BLOCK: 0xa1,
} as const;
/** Elements that are gone into; all others are read as a whole or passed over. */
const MASTERS = new Set<number>([Id.SEGMENT, Id.TRACKS, Id.TRACK_ENTRY, Id.CLUSTER, Id.BLOCK_GROUP]);
/** A variable-length number of the file's own: `length` bytes of it, null where it says "unknown" (all ones). */
interface VarInt {
  value: number | null;
  length: number;
}

interface Track {
  number: number;
  codec: string;
  codecPrivate: Uint8Array | null;
}

/** Lengths of up to 8 bytes; beyond 2^53 they are past every file's end anyway. */
function varInt(bytes: Uint8Array, at: number): VarInt | null {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return null;
  let value = first & (0xff >> length);
  let ones = value === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    ones = ones && byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: ones ? null : value, length };
}

/** The file's last element may be cut: what is whole before it is given. */
export function webmOpus(bytes: Uint8Array): OpusStream {
  const tracks: Track[] = [];
  const packets: Uint8Array[] = [];
  let opus: Track | null = null;
  for (let at = 0; at < bytes.length; ) {
    const idSize = varInt(bytes, at)?.length ?? 0;
    if (idSize === 0 || idSize > 4) break;
    const id = number(bytes.subarray(at, at + idSize));
    const size = varInt(bytes, at + idSize);
    if (size === null) break;
    const start = at + idSize + size.length;
    if (id === Id.TRACK_ENTRY) tracks.push({ number: 0, codec: '', codecPrivate: null });
    if (MASTERS.has(id)) {
      at = start;
      continue;
    }
    // Only masters may be of unknown size.
    if (size.value === null || start + size.value > bytes.length) break;
    const body = bytes.subarray(start, start + size.value);
    const track = tracks.at(-1);
    if (track !== undefined) describe(track, id, body);
    if (id === Id.SIMPLE_BLOCK || id === Id.BLOCK) {
      opus ??= tracks.find((entry) => entry.codec === 'A_OPUS') ?? null;
      if (opus !== null) packets.push(...blockPackets(body, opus.number));
    }
    at = start + size.value;
  }
  if (tracks.length === 0) throw invalidAudio('the WebM file ends before its tracks');
  opus ??= tracks.find((entry) => entry.codec === 'A_OPUS') ?? null;
  if (opus === null) throw unsupportedAudio('WebM without an Opus track');
  if (opus.codecPrivate === null) throw invalidAudio('WebM without an Opus header');
  return { ...opusHead(opus.codecPrivate), packets, length: null };
}

function describe(track: Track, id: number, body: Uint8Array): void {
  if (id === Id.TRACK_NUMBER) track.number = number(body);
  else if (id === Id.CODEC_ID) track.codec = Buffer.from(body).toString('latin1').replace(/\0+$/, '');
  else if (id === Id.CODEC_PRIVATE) track.codecPrivate = body;
}

/** A block is: track number, 16 bits of time, flags, frames. Laced blocks (several frames) are not written for Opus. */
function blockPackets(block: Uint8Array, track: number): Uint8Array[] {
  const owner = varInt(block, 0);
  if (owner === null || owner.value !== track) return [];
  const flags = block[owner.length + 2] ?? 0;
  if ((flags & 0x06) !== 0) throw unsupportedAudio('WebM with laced blocks');
  return [block.subarray(owner.length + 3)];
}

function number(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
