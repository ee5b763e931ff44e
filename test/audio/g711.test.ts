import fc from 'fast-check';
import t from 'tap';
import { decodePcma, decodePcmu, encodePcma, encodePcmu } from '../../src/audio/g711.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

// Values of ITU-T G.711 tables 1 and 2, scaled from 13 and 14 bits to 16.
t.test('known codes', async (t) => {
  t.same([...decodePcmu(Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xfe, 0xef))], [0, 0, 32_124, -32_124, 8, 132]);
  t.same([...decodePcma(Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a, 0xd4, 0xc5))], [8, -8, 32_256, -32_256, 24, 264]);
  t.same([...encodePcmu(Int16Array.of(0, 32_767, -32_768, 8, -1))], [0xff, 0x80, 0x00, 0xfe, 0x7f]);
  t.same([...encodePcma(Int16Array.of(0, 32_767, -32_768, -1))], [0xd5, 0xaa, 0x2a, 0x55]);
});

t.test('every code survives decode and encode', async (t) => {
  t.same(encodePcma(decodePcma(everyByte)), everyByte);
  const mu = encodePcmu(decodePcmu(everyByte));
  t.equal(mu[0x7f], 0xff, 'minus zero is zero');
  mu[0x7f] = 0x7f;
  t.same(mu, everyByte);
});

t.test('the error is within half a step of the segment', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -32_124, max: 32_124 }), (sample) => {
      const bound = Math.max(16, (Math.abs(sample) + 132) / 16);
      for (const back of [
        decodePcmu(encodePcmu(Int16Array.of(sample))),
        decodePcma(encodePcma(Int16Array.of(sample))),
      ]) {
        if (Math.abs((back[0] ?? 0) - sample) > bound / 2 + 8) return false;
      }
      return true;
    }),
    { seed: 711 },
  );
  t.equal(decodePcmu(new Uint8Array(0)).length, 0);
});
