/**
 * The binary frame of `kuku.v1`, both ways, big-endian:
 * `u8 kind = 1 | u8 flags (bit 0: last of its stream) | u16 zero | u32 stream | u32 start_ms | payload`.
 */
export const FRAME_HEADER_BYTES = 12;
/** The one kind there is: audio. */
export const FRAME_KIND_AUDIO = 1;

const FLAG_LAST = 1;
const MAX_U32 = 0xffff_ffff;

export interface Frame {
  /** 0 from the client; from the server, what `coach.audio.started` announced. */
  stream: number;
  /** Client: its capture clock. Server: position inside the item. Whole milliseconds of audio. */
  start_ms: number;
  last: boolean;
  /** Audio in the format in force. Of a decoded frame: a view into the message, not a copy. */
  payload: Uint8Array;
}

export type FrameErrorCode = 'frame_too_short' | 'frame_kind_unknown' | 'frame_flags_reserved' | 'frame_field_reserved';

export interface FrameError {
  code: FrameErrorCode;
  message: string;
  /** The header field at fault. */
  param: 'kind' | 'flags' | 'zero' | null;
}
export type DecodedFrame = { ok: true; frame: Frame } | { ok: false; error: FrameError };

/** Writes the 12 bytes at `offset`. RangeError when a number is no u32 or `target` is too small. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  stream: number,
  start_ms: number,
  last: boolean,
): void {
  u32('stream', stream);
  u32('start_ms', start_ms);
  const view = new DataView(target.buffer, target.byteOffset + offset, FRAME_HEADER_BYTES);
  view.setUint8(0, FRAME_KIND_AUDIO);
  view.setUint8(1, last ? FLAG_LAST : 0);
  view.setUint16(2, 0);
  view.setUint32(4, stream);
  view.setUint32(8, start_ms);
}

/** A new message; copies the payload once. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + frame.payload.length);
  writeFrameHeader(bytes, 0, frame.stream, frame.start_ms, frame.last);
  bytes.set(frame.payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** Never throws. Whether the payload fits the audio format (odd PCM lengths) is for the receiver to say. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  if (bytes.length < FRAME_HEADER_BYTES) {
    return refuse('frame_too_short', `a frame has a header of ${FRAME_HEADER_BYTES} bytes`, null);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES);
  if (view.getUint8(0) !== FRAME_KIND_AUDIO) return refuse('frame_kind_unknown', 'kind must be 1 (audio)', 'kind');
  const flags = view.getUint8(1);
  if ((flags & ~FLAG_LAST) !== 0) return refuse('frame_flags_reserved', 'flags 1 to 7 must be 0', 'flags');
  if (view.getUint16(2) !== 0) return refuse('frame_field_reserved', 'bytes 2 and 3 must be 0', 'zero');
  return {
    ok: true,
    frame: {
      stream: view.getUint32(4),
      start_ms: view.getUint32(8),
      last: flags === FLAG_LAST,
      payload: bytes.subarray(FRAME_HEADER_BYTES),
    },
  };
}

function u32(field: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_U32) {
    throw new RangeError(`${field} must be a whole number from 0 to ${MAX_U32}`);
  }
}

function refuse(code: FrameErrorCode, message: string, param: FrameError['param']): DecodedFrame {
  return { ok: false, error: { code, message, param } };
}
