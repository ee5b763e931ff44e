import fc from 'fast-check';
import t from 'tap';
import { createResampler, join, loadResamplers, resamplerStats } from '../../src/audio/resample.ts';
import { sine, snr } from '../support/tone.ts';

t.throws(() => createResampler(48_000, 16_000), /loadResamplers/, 'nothing works before the module is there');

await loadResamplers();
await loadResamplers();

const pairs = [
  [48_000, 16_000],
  [24_000, 16_000],
  [16_000, 24_000],
  [16_000, 48_000],
  [8_000, 16_000],
  [44_100, 16_000],
] as const;

for (const [from, to] of pairs) {
  t.test(`${from} to ${to}: a sine stays 60 dB above everything else, in time and at full length`, async (t) => {
    const resampler = createResampler(from, to);
    t.teardown(() => resampler.close());
    const input = sine(from, 1000, 0.5);
    const output = join([resampler.process(input), resampler.flush()]);
    t.equal(output.length, Math.round((input.length * to) / from), 'no sample lost or added');
    // Edges ring: the sine starts and stops at once.
    const middle = output.subarray(Math.round(to * 0.05), Math.round(to * 0.45));
    t.ok(snr(middle, to, 1000) >= 60, `${snr(middle, to, 1000).toFixed(1)} dB`);
    // 1 kHz: a delay of one sample at `to` would be an error of 2*pi*1000/to of the amplitude.
    const expected = sine(to, 1000, 0.5);
    const at = Math.round(to * 0.1);
    t.ok(Math.abs((output[at] ?? 0) - (expected[at] ?? 0)) < 200, 'the delay of the filter is compensated');
  });
}

t.test('pieces of any size give what one piece gives, also after flush and reset', async (t) => {
  const input = sine(48_000, 440, 0.2);
  const whole = createResampler(48_000, 16_000);
  const pieces = createResampler(48_000, 16_000);
  t.teardown(() => whole.close());
  t.teardown(() => pieces.close());
  const expected = join([whole.process(input), whole.flush()]);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      (sizes, dirty) => {
        if (dirty) pieces.process(sine(48_000, 3000, 0.01));
        pieces.reset();
        const parts: Int16Array[] = [];
        let at = 0;
        for (const size of sizes) {
          parts.push(pieces.process(input.subarray(at, at + size)));
          at = Math.min(input.length, at + size);
        }
        parts.push(pieces.process(input.subarray(at)), pieces.flush());
        const got = join(parts);
        return got.length === expected.length && got.every((sample, i) => sample === expected[i]);
      },
    ),
    { seed: 7, numRuns: 40 },
  );
  t.equal(expected.length, 3200);
});

t.test('equal rates cost nothing', async (t) => {
  const same = createResampler(16_000, 16_000);
  const samples = sine(16_000, 440, 0.02);
  t.equal(same.process(samples), samples, 'the very array');
  t.equal(same.flush().length, 0);
  t.equal(resamplerStats().open, 0, 'it needs nothing of the module');
});

t.test('rates that make no sense are refused', async (t) => {
  for (const rate of [0, -1, 3999, 192_001, 16_000.5, Number.NaN]) {
    t.throws(() => createResampler(rate, 16_000), RangeError, String(rate));
  }
});

t.test('twelve thousand opened and closed leave no memory behind', async (t) => {
  const frame = sine(48_000, 440, 0.02);
  const cycle = () => {
    const resampler = createResampler(48_000, 16_000);
    resampler.process(frame);
    resampler.close();
    resampler.close();
  };
  cycle();
  const before = resamplerStats();
  // At 2 KB each, 9,000 that were not freed fill the module's first 16 MiB, and it grows.
  for (let i = 0; i < 12_000; i++) cycle();
  t.same(resamplerStats(), before);
  t.equal(before.open, 0);
});

t.test('closed is closed', async (t) => {
  const resampler = createResampler(48_000, 16_000);
  t.equal(resamplerStats().open, 1);
  resampler.close();
  t.throws(() => resampler.process(new Int16Array(10)), /closed/);
  t.throws(() => resampler.flush(), /closed/);
  t.throws(() => resampler.reset(), /closed/);
});
