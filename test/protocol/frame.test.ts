import fc from 'fast-check';
import t from 'tap';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, writeFrameHeader } from '../../protocol/index.ts';

const u32 = fc.nat({ max: 0xffff_ffff });

t.test('what was encoded is decoded, wherever it lies in its buffer', (t) => {
  fc.assert(
    fc.property(u32, u32, fc.boolean(), fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 9 }), (...sample) => {
      const [stream, start_ms, last, payload, offset] = sample;
      const encoded = encodeFrame({ stream, start_ms, last, payload });
      const moved = new Uint8Array(offset + encoded.length + 3);
      moved.set(encoded, offset);
      const decoded = decodeFrame(moved.subarray(offset, offset + encoded.length));
      t.same(decoded, { ok: true, frame: { stream, start_ms, last, payload } });
    }),
    { seed: 1, numRuns: 300 },
  );
  t.end();
});

t.test('the bytes are those of PROTOCOL.md: big-endian, 12 of header', (t) => {
  const bytes = encodeFrame({ stream: 0x01020304, start_ms: 0x0a0b0c0d, last: true, payload: Uint8Array.of(9, 8) });
  t.same([...bytes], [1, 1, 0, 0, 1, 2, 3, 4, 10, 11, 12, 13, 9, 8]);
  t.end();
});

t.test('decoding copies nothing', (t) => {
  const bytes = encodeFrame({ stream: 1, start_ms: 2, last: false, payload: Uint8Array.of(5, 6) });
  const decoded = decodeFrame(bytes);
  bytes[FRAME_HEADER_BYTES] = 77;
  t.match(decoded, { ok: true, frame: { payload: Uint8Array.of(77, 6) } });
  t.end();
});

t.test('a header can be written in place', (t) => {
  const target = new Uint8Array(20).fill(255);
  writeFrameHeader(target, 4, 7, 40, false);
  t.same([...target], [255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 40, 255, 255, 255, 255]);
  t.throws(() => writeFrameHeader(target, 9, 7, 40, false), RangeError, 'no room');
  for (const wrong of [-1, 0.5, 2 ** 32, Number.NaN]) {
    t.throws(() => writeFrameHeader(target, 0, wrong, 0, false), { message: /stream/ });
    t.throws(() => writeFrameHeader(target, 0, 0, wrong, false), { message: /start_ms/ });
  }
  t.end();
});

t.test('malformed frames get a typed error, never an exception', (t) => {
  const good = encodeFrame({ stream: 1, start_ms: 2, last: false, payload: new Uint8Array(2) });
  const spoil = (at: number, value: number) => good.with(at, value);
  const codeOf = (bytes: Uint8Array) => {
    const decoded = decodeFrame(bytes);
    return decoded.ok ? 'ok' : `${decoded.error.code} ${decoded.error.param}`;
  };
  t.equal(codeOf(good.subarray(0, 12)), 'ok', 'an empty payload is a frame');
  t.equal(codeOf(good.subarray(0, 13)), 'ok', 'odd lengths are not judged here');
  t.equal(codeOf(good.subarray(0, 11)), 'frame_too_short null');
  t.equal(codeOf(new Uint8Array(0)), 'frame_too_short null');
  t.equal(codeOf(spoil(0, 0)), 'frame_kind_unknown kind');
  t.equal(codeOf(spoil(0, 0x7b)), 'frame_kind_unknown kind', 'JSON sent as binary');
  t.equal(codeOf(spoil(1, 2)), 'frame_flags_reserved flags');
  t.equal(codeOf(spoil(1, 0x81)), 'frame_flags_reserved flags');
  t.equal(codeOf(spoil(2, 1)), 'frame_field_reserved zero');
  t.equal(codeOf(spoil(3, 1)), 'frame_field_reserved zero');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = decodeFrame(bytes);
      t.equal(
        decoded.ok,
        bytes.length >= 12 && bytes[0] === 1 && (bytes[1] ?? 9) < 2 && bytes[2] === 0 && bytes[3] === 0,
      );
    }),
    { seed: 2, numRuns: 300 },
  );
  t.end();
});
