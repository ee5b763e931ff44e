/** Test tones and how clean they are. */

/** A sine of `amplitude` (of 32,767) at `hz`, `seconds` long, sampled at `rate`. */
export function sine(rate: number, hz: number, seconds: number, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: Math.round(rate * seconds) }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

/** Signal to noise in dB against the best-fitting sine of `hz`: amplitude and phase are free, everything else is noise. */
export function snr(samples: Int16Array, rate: number, hz: number): number {
  const n = samples.length;
  let re = 0;
  let im = 0;
  for (let i = 0; i < n; i++) {
    const x = samples[i] ?? 0;
    re += x * Math.cos((2 * Math.PI * hz * i) / rate);
    im += x * Math.sin((2 * Math.PI * hz * i) / rate);
  }
  const a = (2 * re) / n;
  const b = (2 * im) / n;
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < n; i++) {
    const fit = a * Math.cos((2 * Math.PI * hz * i) / rate) + b * Math.sin((2 * Math.PI * hz * i) / rate);
    signal += fit * fit;
    noise += ((samples[i] ?? 0) - fit) ** 2;
  }
  return 10 * Math.log10(signal / Math.max(noise, 1e-9));
}

/** Root mean square, 0..32,767. */
export function level(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
