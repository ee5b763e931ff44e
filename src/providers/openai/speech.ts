/** Speech by `/audio/speech`, streamed as raw PCM: OpenAI's voices, Kokoro and others behind the same call. */
import { samplesOf } from '../../audio/format.ts';
import type { SpeechAudio, SpeechOptions, SpeechProvider } from '../types.ts';
import { chunks, type OpenAIClient } from './client.ts';
import { type Deadlines, guarded } from './deadlines.ts';
import { broken, cut, toProviderError } from './errors.ts';

const NAME = 'openai-speech';

export interface SpeechProviderOptions {
  client: OpenAIClient;
  model: string;
  /** The provider's name for a voice of ours; the same when absent. */
  resolveVoice?: (voice: string) => string;
  /** How to speak; only some models take it. */
  instructions?: string;
  deadlines?: Partial<Deadlines>;
  /** Samples a second of the server's `pcm`. OpenAI's is 24,000. */
  rate?: number;
}

const DEFAULTS: Deadlines = { first_ms: 5_000, idle_ms: 5_000 };
const RATE = 24_000;

export function createOpenAISpeech(options: SpeechProviderOptions): SpeechProvider {
  const { client, model } = options;
  const deadlines = { ...DEFAULTS, ...options.deadlines };
  const resolve = options.resolveVoice ?? ((voice) => voice);

  async function* speak(input: string, voice: string, signal: AbortSignal): AsyncGenerator<SpeechAudio> {
    const { instructions } = options;
    const body = {
      model,
      input,
      voice: resolve(voice),
      response_format: 'pcm',
      ...(instructions === undefined ? {} : { instructions }),
    } as const;
    try {
      const answer = await client.call(NAME, (sdk) => sdk.audio.speech.create(body, { signal }));
      if (/json|text|html/.test(answer.contentType)) {
        answer.body.destroy();
        throw broken(NAME, `${answer.contentType} instead of audio`);
      }
      const pairs = new Pairs();
      let heard = false;
      for await (const chunk of chunks(answer, signal)) {
        const samples = pairs.push(chunk);
        if (samples.length === 0) continue;
        heard = true;
        yield { samples };
      }
      if (!heard) throw cut(NAME);
    } catch (error) {
      throw toProviderError(NAME, error);
    }
  }

  return {
    name: 'openai',
    rate: options.rate ?? RATE,
    open: () => ({
      synthesize(text: string, { voice, signal }: SpeechOptions) {
        const guard = { provider: NAME, clock: client.clock, signal, ...deadlines };
        return guarded(guard, (upstream) => speak(text, voice, upstream));
      },
      close() {},
    }),
    // The client is the caller's, and shared.
    close: async () => {},
  };
}

/** Bytes in pieces of any length to 16-bit samples: an odd byte waits for its other half. */
class Pairs {
  #odd: number | null = null;

  push(chunk: Uint8Array): Int16Array {
    let bytes = chunk;
    if (this.#odd !== null && chunk.length > 0) {
      bytes = new Uint8Array(chunk.length + 1);
      bytes[0] = this.#odd;
      bytes.set(chunk, 1);
      this.#odd = null;
    }
    if (bytes.length % 2 === 1) {
      this.#odd = bytes[bytes.length - 1] ?? null;
      bytes = bytes.subarray(0, -1);
    }
    return samplesOf(bytes);
  }
}
