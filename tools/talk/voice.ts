/** The person's voice: lines as samples, by the embedded engine. */
import { DEFAULT_PCM_RATE } from '../../protocol/index.ts';
import { createResampler, join, loadResamplers } from '../../src/audio/resample.ts';
import { createEmbeddedSpeech } from '../../src/providers/embedded/speech.ts';

export const VOICES = ['slt', 'rms', 'awb'] as const;

/** Samples a second, both ways: what a session has unless it is told otherwise. */
export const SPOKEN_RATE = DEFAULT_PCM_RATE;

/** Each line at SPOKEN_RATE, mono. Rejects with ProviderError `engine_missing` when there is no voice here. */
export async function speakLines(lines: readonly string[], voice: string, signal: AbortSignal): Promise<Int16Array[]> {
  await loadResamplers();
  if (lines.length === 0) return [];
  const speech = createEmbeddedSpeech();
  try {
    await speech.ready();
    const session = speech.open();
    const spoken: Int16Array[] = [];
    for (const line of lines) {
      const parts: Int16Array[] = [];
      const options = { voice, language: 'en-US', signal };
      for await (const { samples } of session.synthesize(line, options)) parts.push(samples);
      spoken.push(resampled(join(parts), speech.rate, SPOKEN_RATE));
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
