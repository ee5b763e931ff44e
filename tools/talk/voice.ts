/** The person's voice: lines as samples, by the embedded engine. */
import { createResampler, join, loadResamplers } from '../../src/audio/resample.ts';
import { createEmbeddedSpeech } from '../../src/providers/embedded/speech.ts';

export const VOICES = ['slt', 'rms', 'awb'] as const;

/** Each line at `rate` samples a second, mono. Rejects with ProviderError `engine_missing` when there is no voice here. */
export async function speakLines(
  lines: readonly string[],
  voice: string,
  rate: number,
  signal: AbortSignal,
): Promise<Int16Array[]> {
  await loadResamplers();
  const speech = createEmbeddedSpeech();
  try {
    await speech.ready();
    const session = speech.open();
    const spoken: Int16Array[] = [];
    for (const line of lines) {
      const parts: Int16Array[] = [];
      const options = { voice, language: 'en-US', signal };
      for await (const { samples } of session.synthesize(line, options)) parts.push(samples);
      spoken.push(resampled(join(parts), speech.rate, rate));
    }
    return spoken;
  } finally {
    await speech.close();
  }
}

/** The whole of `samples` at another rate. `await loadResamplers()` first. */
export function resampled(samples: Int16Array, from: number, to: number): Int16Array {
  const resampler = createResampler(from, to);
  try {
    return join([resampler.process(samples), resampler.flush()]);
  } finally {
    resampler.close();
  }
}
