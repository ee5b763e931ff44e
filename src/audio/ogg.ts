/** Ogg (RFC 3533) to the packets of its first logical stream, and Opus in it (RFC 7845). */
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { fourcc } from './wav.ts';

export interface OpusStream {
  /** 1 or 2. */
  channels: number;
  /** Samples at 48 kHz to drop from the start of what is decoded. */
  preSkip: number;
  packets: Uint8Array[];
  /** Samples at 48 kHz that the file says it has, null when it does not. */
  length: number | null;
}

const PAGE_HEADER_BYTES = 27;

interface OggPackets {
  packets: Uint8Array[];
  /** The last page's position, in the codec's own units. */
  granule: bigint | null;
}

/** Ends at the last whole page. @throws `invalid_audio` where a page does not start as one. */
function oggPackets(bytes: Uint8Array): OggPackets {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: Uint8Array[] = [];
  let partial: Uint8Array[] = [];
  let serial: number | null = null;
  let granule: bigint | null = null;
  for (let at = 0; at + PAGE_HEADER_BYTES <= bytes.length; ) {
    if (fourcc(bytes, at) !== 'OggS') throw invalidAudio('a broken Ogg page');
    const segments = bytes[at + 26] ?? 0;
    const table = bytes.subarray(at + PAGE_HEADER_BYTES, at + PAGE_HEADER_BYTES + segments);
    const body = at + PAGE_HEADER_BYTES + segments;
    const end = table.reduce((sum, size) => sum + size, body);
    if (end > bytes.length) break;
    serial ??= view.getUint32(at + 14, true);
    if (view.getUint32(at + 14, true) === serial) {
      const position = view.getBigInt64(at + 6, true);
      if (position >= 0n) granule = position;
      let start = body;
      let length = 0;
      for (const size of table) {
        length += size;
        if (size === 255) continue;
        packets.push(concat(partial, bytes.subarray(start, start + length)));
        partial = [];
        start += length;
        length = 0;
      }
      if (length > 0) partial.push(bytes.subarray(start, start + length));
    }
    at = end;
  }
  return { packets, granule };
}

function concat(parts: Uint8Array[], last: Uint8Array): Uint8Array {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

/** What the first packet of an Ogg file says it holds. */
export function oggCodec(bytes: Uint8Array): 'opus' | 'vorbis' | 'other' {
  const first = PAGE_HEADER_BYTES + (bytes[26] ?? 0);
  const magic = String.fromCharCode(...bytes.subarray(first, first + 8));
  if (magic === 'OpusHead') return 'opus';
  return magic.startsWith('\u0001vorbis') ? 'vorbis' : 'other';
}

export function oggOpus(bytes: Uint8Array): OpusStream {
  const { packets, granule } = oggPackets(bytes);
  const [head, , ...audio] = packets;
  if (head === undefined) throw invalidAudio('the Ogg file ends before its first packet');
  const { channels, preSkip } = opusHead(head);
  return { channels, preSkip, packets: audio, length: granule === null ? null : Number(granule) - preSkip };
}

/** The identification header, which WebM keeps too. */
export function opusHead(head: Uint8Array): { channels: number; preSkip: number } {
  if (head.length < 19) throw invalidAudio('a short Opus header');
  const channels = head[9] ?? 0;
  if (channels !== 1 && channels !== 2) {
    throw unsupportedAudio(`Opus with ${channels} channels; one or two are understood`);
  }
  return { channels, preSkip: (head[10] ?? 0) | ((head[11] ?? 0) << 8) };
}
