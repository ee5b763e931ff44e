/** G.711 (ITU-T, 1988), the telephone's two companding laws: 8 kHz, one byte a sample. By tables, 130 KB in all. */
type Law = { decode: Int16Array; encode: Uint8Array };

/** µ-law shifts the scale by 33 (of 14 bits) so that every segment starts at a power of two; here of 16 bits. */
const MU_BIAS = 33 << 2;
const MU_CLIP = 0x7fff - MU_BIAS;

function muDecode(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + MU_BIAS) << ((bits >> 4) & 7)) - MU_BIAS;
  return bits & 0x80 ? -magnitude : magnitude;
}

function muEncode(sample: number): number {
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
  const segment = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

/** Even bits are inverted on the line, so that silence is not a row of zeros. */
const A_INVERT = 0x55;

function aDecode(code: number): number {
  const bits = code ^ A_INVERT;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function aEncode(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 3;
  const segment = Math.max(0, 27 - Math.clz32(magnitude));
  const bits = (segment << 4) | ((magnitude >> Math.max(1, segment)) & 0x0f);
  return (bits | (sample < 0 ? 0 : 0x80)) ^ A_INVERT;
}

/** The encoder's table is indexed by the sample as an unsigned 16-bit number. */
function tables(decode: (code: number) => number, encode: (sample: number) => number): Law {
  return {
    decode: Int16Array.from({ length: 256 }, (_, code) => decode(code)),
    encode: Uint8Array.from({ length: 65_536 }, (_, index) => encode((index << 16) >> 16)),
  };
}

const MU = tables(muDecode, muEncode);
const A = tables(aDecode, aEncode);

function expand(law: Law, bytes: Uint8Array): Int16Array {
  const table = law.decode;
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i] ?? 0] ?? 0;
  return samples;
}

function compress(law: Law, samples: Int16Array): Uint8Array {
  const table = law.encode;
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
  return bytes;
}

export const decodePcmu = (bytes: Uint8Array): Int16Array => expand(MU, bytes);
export const encodePcmu = (samples: Int16Array): Uint8Array => compress(MU, samples);
export const decodePcma = (bytes: Uint8Array): Int16Array => expand(A, bytes);
export const encodePcma = (samples: Int16Array): Uint8Array => compress(A, samples);
