/** MP4 (ISO/IEC 14496-12) to the frames of its first AAC or ALAC track: plain files and fragmented ones (Safari's). */
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { fourcc } from './wav.ts';

export interface Mp4Audio {
  /** What the decoder must be given first: an AudioSpecificConfig, or ALAC's magic cookie. */
  config: { asc: Uint8Array } | { alac: Uint8Array };
  /** Ends early where the file is cut. */
  frames: Iterable<Uint8Array>;
}

interface Box {
  type: string;
  body: Uint8Array;
  /** Where the whole box starts, counted from the bytes it was looked up in. */
  at: number;
}

/** Boxes nest about seven deep here; a file has a handful of them at each level but for fragments. */
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'moof', 'traf', 'mvex']);
/** Box headers of a sound sample entry: 8 reserved and 20 of sound (version 0), 36 or 56 with QuickTime's 1 and 2. */
const ENTRY_BYTES = [28, 44, 64];

function* boxes(bytes: Uint8Array): Generator<Box> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    let size = u32(bytes, at);
    let header = 8;
    if (size === 1) {
      size = u64(bytes, at + 8);
      header = 16;
    } else if (size === 0) size = bytes.length - at;
    if (size < header) return;
    yield { type: fourcc(bytes, at + 4), body: bytes.subarray(at + header, at + size), at };
    at += size;
  }
}

/** The first box of that path below `bytes`, all but the last of it containers. */
function find(bytes: Uint8Array, ...path: string[]): Uint8Array | null {
  const [type, ...rest] = path;
  for (const box of boxes(bytes)) {
    if (box.type !== type) continue;
    const found = rest.length === 0 ? box.body : CONTAINERS.has(box.type) ? find(box.body, ...rest) : null;
    if (found !== null) return found;
  }
  return null;
}

/** @throws `invalid_audio` where the file ends before its index, `unsupported_audio` without AAC or ALAC. */
export function mp4Audio(bytes: Uint8Array): Mp4Audio {
  const moov = find(bytes, 'moov');
  if (moov === null) throw invalidAudio('the MP4 file ends before its index');
  for (const box of boxes(moov)) {
    const table = box.type === 'trak' ? find(box.body, 'mdia', 'minf', 'stbl') : null;
    const config = table === null ? null : parseConfig(table);
    if (table === null || config === null) continue;
    const track = u32(find(box.body, 'tkhd') ?? new Uint8Array(0), 12);
    const fragmented = find(moov, 'mvex') !== null;
    return { config, frames: fragmented ? fragments(bytes, moov, track) : indexed(bytes, table) };
  }
  throw unsupportedAudio('MP4 without an AAC or ALAC track');
}

function parseConfig(table: Uint8Array): Mp4Audio['config'] | null {
  const entries = find(table, 'stsd')?.subarray(8) ?? new Uint8Array(0);
  for (const entry of boxes(entries)) {
    const inner = entry.body.subarray(ENTRY_BYTES[u16(entry.body, 8)] ?? 28);
    if (entry.type === 'alac') {
      const cookie = find(inner, 'alac');
      if (cookie !== null && cookie.length >= 28) return { alac: cookie };
    }
    const esds = entry.type === 'mp4a' ? find(inner, 'esds') : null;
    const asc = esds === null ? null : decoderConfig(esds.subarray(4));
    if (asc !== null && asc.length >= 2) return { asc };
  }
  return null;
}

/** MPEG-4 descriptors (14496-1): ES 3 > decoder config 4 > decoder specific 5, each a tag and a length of 7-bit bytes. */
function decoderConfig(descriptors: Uint8Array): Uint8Array | null {
  for (let at = 0; at + 2 <= descriptors.length; ) {
    const tag = descriptors[at++];
    let size = 0;
    for (let more = true; more && at < descriptors.length; ) {
      const byte = descriptors[at++] ?? 0;
      size = (size << 7) | (byte & 0x7f);
      more = (byte & 0x80) !== 0;
    }
    if (tag === 5) return descriptors.subarray(at, at + size);
    // The ES descriptor's own fields take 3 bytes (no options are set in MP4), the decoder config's 13.
    if (tag === 3) at += 3;
    else if (tag === 4) at += 13;
    else at += size;
  }
  return null;
}

/** Plain files: chunk offsets, samples in each chunk by runs, and sample sizes. */
function* indexed(bytes: Uint8Array, table: Uint8Array): Generator<Uint8Array> {
  const sizes = find(table, 'stsz');
  const runs = find(table, 'stsc');
  const wide = find(table, 'co64');
  const offsets = wide ?? find(table, 'stco');
  if (sizes === null || runs === null || offsets === null) throw invalidAudio('the MP4 file has no sample table');
  const uniform = u32(sizes, 4);
  const samples = u32(sizes, 8);
  const chunks = Math.min(u32(offsets, 4), Math.floor((offsets.length - 8) / (wide ? 8 : 4)));
  let run = 0;
  let sample = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    while (run + 1 < u32(runs, 4) && u32(runs, 8 + 12 * (run + 1)) <= chunk + 1) run++;
    let at = wide ? u64(wide, 8 + 8 * chunk) : u32(offsets, 8 + 4 * chunk);
    for (let i = u32(runs, 8 + 12 * run + 4); i > 0 && sample < samples; i--) {
      const size = uniform || u32(sizes, 12 + 4 * sample);
      if (size === 0 || at + size > bytes.length) return;
      yield bytes.subarray(at, at + size);
      at += size;
      sample++;
    }
  }
}

/** Fragmented files: each `moof` carries its own runs. */
function* fragments(bytes: Uint8Array, moov: Uint8Array, track: number): Generator<Uint8Array> {
  const mvex = find(moov, 'mvex') ?? new Uint8Array(0);
  let fallback = 0;
  for (const box of boxes(mvex)) if (box.type === 'trex' && u32(box.body, 4) === track) fallback = u32(box.body, 16);
  for (const moof of boxes(bytes)) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxes(moof.body)) {
      const head = traf.type === 'traf' ? find(traf.body, 'tfhd') : null;
      if (head !== null && u32(head, 4) === track) yield* runsOf(bytes, moof.at, traf.body, head, fallback);
    }
  }
}

function* runsOf(
  bytes: Uint8Array,
  moofAt: number,
  traf: Uint8Array,
  head: Uint8Array,
  fallback: number,
): Generator<Uint8Array> {
  const flags = u32(head, 0) & 0xff_ffff;
  let field = 8;
  const next = (present: boolean, width = 4) => {
    if (!present) return -1;
    field += width;
    return field - width;
  };
  const base = next((flags & 0x01) !== 0, 8);
  next((flags & 0x02) !== 0);
  next((flags & 0x08) !== 0);
  const sizeAt = next((flags & 0x10) !== 0);
  const size = sizeAt < 0 ? fallback : u32(head, sizeAt);
  const origin = base < 0 ? moofAt : u64(head, base);
  let at = origin;
  for (const { type, body } of boxes(traf)) {
    if (type !== 'trun') continue;
    const has = u32(body, 0) & 0xff_ffff;
    let cursor = 8;
    if (has & 0x001) {
      at = origin + (u32(body, cursor) | 0);
      cursor += 4;
    }
    if (has & 0x004) cursor += 4;
    for (let i = u32(body, 4); i > 0; i--) {
      if (has & 0x100) cursor += 4;
      const length = has & 0x200 ? u32(body, cursor) : size;
      for (const bit of [0x200, 0x400, 0x800]) if (has & bit) cursor += 4;
      if (length === 0 || at < 0 || at + length > bytes.length) return;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
}

/** Big-endian numbers; bytes beyond the end count as 0. */
function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
}

function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) * 0x1_0000_0000 + u32(bytes, at + 4);
}
