import t from 'tap';
import { type AudioFormat, bytesOf, bytesPerMs, createDecoder, createEncoder } from '../../src/audio/format.ts';
import { loadResamplers, resamplerStats } from '../../src/audio/resample.ts';
import { InvalidInput } from '../../src/errors.ts';
import { sine, snr } from '../support/tone.ts';

await loadResamplers();

const formats: [AudioFormat, number, number][] = [
  [{ type: 'audio/pcm', rate: 16_000 }, 32, 60],
  [{ type: 'audio/pcm', rate: 24_000 }, 48, 60],
  [{ type: 'audio/pcm', rate: 48_000 }, 96, 60],
  [{ type: 'audio/pcmu' }, 8, 30],
  [{ type: 'audio/pcma' }, 8, 30],
];

for (const [format, perMs, decibels] of formats) {
  t.test(`${format.type} ${'rate' in format ? format.rate : ''}: there and back in 20 ms frames`, async (t) => {
    t.equal(bytesPerMs(format), perMs);
    const encoder = createEncoder(format, 16_000);
    const decoder = createDecoder(format);
    const input = sine(16_000, 500, 1);
    const output: number[] = [];
    let bytes = 0;
    for (let at = 0; at < input.length; at += 320) {
      const encoded = encoder.encode(input.subarray(at, at + 320));
      bytes += encoded.length;
      output.push(...decoder.decode(encoded));
    }
    const rest = encoder.flush();
    bytes += rest.length;
    output.push(...decoder.decode(rest));
    encoder.close();
    decoder.close();
    t.equal(bytes, perMs * 1000, 'not a byte more or less than a second');
    t.ok(output.length > 15_900, `${output.length} samples out`);
    const clean = snr(Int16Array.from(output.slice(1600, 14_400)), 16_000, 500);
    t.ok(clean >= decibels, `${clean.toFixed(1)} dB`);
    t.equal(resamplerStats().open, 0);
  });
}

t.test('bytes at odd offsets are copied, at even ones looked at', async (t) => {
  const decoder = createDecoder({ type: 'audio/pcm', rate: 16_000 });
  const samples = Int16Array.of(1, -2, 32_767, -32_768);
  const memory = Buffer.alloc(32);
  memory.set(bytesOf(samples), 3);
  memory.set(bytesOf(samples), 16);
  const odd = decoder.decode(memory.subarray(3, 11));
  const even = decoder.decode(memory.subarray(16, 24));
  t.same([...odd], [...samples]);
  t.same([...even], [...samples]);
  t.not(odd.buffer, memory.buffer);
  t.equal(even.buffer, memory.buffer);
});

t.test('FAULTS 23: half a sample is refused by name', async (t) => {
  const decoder = createDecoder({ type: 'audio/pcm', rate: 24_000 });
  t.teardown(() => decoder.close());
  try {
    decoder.decode(new Uint8Array(961));
    t.fail('accepted');
  } catch (error) {
    t.ok(error instanceof InvalidInput);
    t.match(error, { param: 'audio', status: 400 });
  }
  t.equal(decoder.decode(new Uint8Array(960)).length > 0, true, 'and the stream goes on');
});
