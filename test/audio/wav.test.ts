import fc from 'fast-check';
import t from 'tap';
import { parseWav, wavHeader, writeWav } from '../../src/audio/wav.ts';
import { KukuError } from '../../src/errors.ts';

const bytes = (...parts: (string | number[] | Uint8Array)[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
const u32 = (value: number) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
const u16 = (value: number) => u32(value).slice(0, 2);

/** A format chunk as it stands in the file. */
const fmt = (tag: number, channels: number, rate: number, bits: number, extra: number[] = []) =>
  bytes('fmt ', u32(16 + extra.length), u16(tag), u16(channels), u32(rate), u32(0), u16(0), u16(bits), extra);
const riff = (...chunks: (string | number[] | Uint8Array)[]) => bytes('RIFF', u32(0), 'WAVE', ...chunks);
const data = (body: number[]) => bytes('data', u32(body.length), body);

const cases: [string, Uint8Array, number[]][] = [
  ['8 bits', riff(fmt(1, 1, 8000, 8), data([128, 255, 0])), [0, 127 * 256, -32_768]],
  ['16 bits', riff(fmt(1, 1, 8000, 16), data([1, 0, 255, 255, 0, 128])), [1, -1, -32_768]],
  ['24 bits', riff(fmt(1, 1, 8000, 24), data([9, 1, 0, 9, 255, 127])), [1, 32_767]],
  ['32 bits', riff(fmt(1, 1, 8000, 32), data([9, 9, 1, 0, 0, 0, 0, 128])), [1, -32_768]],
  [
    'float, clipped, and no number',
    riff(fmt(3, 1, 8000, 32), data([...new Uint8Array(Float32Array.of(0.5, -0.5, 2, -2, Number.NaN).buffer)])),
    [16_384, -16_383, 32_767, -32_768, 0],
  ],
  ['µ-law', riff(fmt(7, 1, 8000, 8), data([0xff, 0x80])), [0, 32_124]],
  ['A-law', riff(fmt(6, 1, 8000, 8), data([0xd5, 0xaa])), [8, 32_256]],
  ['stereo averaged', riff(fmt(1, 2, 8000, 16), data([2, 0, 4, 0, 0, 128, 0, 128])), [3, -32_768]],
  [
    'extensible',
    riff(fmt(0xfffe, 1, 8000, 16, [22, 0, 16, 0, 4, 0, 0, 0, 1, 0, ...new Array(14).fill(0)]), data([1, 0])),
    [1],
  ],
  ['a LIST of odd length before the data', riff(fmt(1, 1, 8000, 16), 'LIST', u32(3), 'abc\0', data([1, 0])), [1]],
  ['a stream without sizes', riff(fmt(1, 1, 8000, 16), 'data', u32(0xffff_ffff), [1, 0, 2, 0, 9]), [1, 2]],
  [
    'a recorder that never came back to write the size',
    riff(fmt(1, 1, 8000, 16), 'data', u32(0), [1, 0, 2, 0]),
    [1, 2],
  ],
  ['chunks after the data', riff(fmt(1, 1, 8000, 16), data([1, 0]), 'LIST', u32(4), 'abcd'), [1]],
];

for (const [name, file, expected] of cases) {
  t.test(name, async (t) => {
    const wav = parseWav(file);
    t.equal(wav.rate, 8000);
    t.same([...wav.samples], expected);
  });
}

const bad: [string, Uint8Array, string, RegExp][] = [
  ['no WAV', bytes('RIFX....WAVE'), 'invalid_audio', /not a WAV/],
  ['nothing after the header', riff(), 'invalid_audio', /before its data/],
  ['data before format', riff(data([1, 0])), 'invalid_audio', /no format/],
  ['data cut', riff(fmt(1, 1, 8000, 16), 'data', u32(100), [1, 0]), 'invalid_audio', /before its data does/],
  ['format cut', riff('fmt ', u32(4), u32(1), data([1, 0])), 'invalid_audio', /short format/],
  [
    'a chunk that is longer than the file',
    riff(fmt(1, 1, 8000, 16), 'LIST', u32(999), 'abc'),
    'invalid_audio',
    /before its data/,
  ],
  ['rate 0', riff(fmt(1, 1, 0, 16), data([1, 0])), 'invalid_audio', /rate of 0/],
  ['ADPCM', riff(fmt(2, 1, 8000, 4), data([1, 0])), 'unsupported_audio', /encoding 2 with 4 bits/],
  ['six channels', riff(fmt(1, 6, 8000, 16), data([1, 0])), 'unsupported_audio', /6 channels/],
];

for (const [name, file, code, message] of bad) {
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => parseWav(file), { code, message, param: 'audio' });
  });
}

t.test('what is written can be read', async (t) => {
  fc.assert(
    fc.property(fc.int16Array(), fc.constantFrom(8000, 16_000, 24_000, 44_100), (samples, rate) => {
      const wav = parseWav(writeWav(samples, rate));
      return wav.rate === rate && Buffer.from(wav.samples.buffer).equals(Buffer.from(samples.buffer));
    }),
    { seed: 1 },
  );
  t.same(
    parseWav(bytes(wavHeader(16_000), [1, 0])),
    { rate: 16_000, samples: Int16Array.of(1) },
    'a streaming header too',
  );
});

t.test('any bytes after a WAV magic give samples or a typed error', async (t) => {
  const start = riff();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (rest, withFormat) => {
      try {
        return parseWav(bytes(start, withFormat ? fmt(1, 1, 8000, 16) : [], rest)).samples.length <= 100;
      } catch (error) {
        return error instanceof KukuError;
      }
    }),
    { seed: 2, numRuns: 2000 },
  );
  t.throws(() => parseWav(new Uint8Array(0)), { code: 'invalid_audio' });
});
