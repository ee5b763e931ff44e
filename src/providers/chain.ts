/**
 * Providers in the order of the operator's wish: the next one takes over what the one before failed at, as long as
 * nothing of it was handed on. What already reached the listener is never said twice.
 */
import { createResampler } from '../audio/resample.ts';
import { ProviderError } from '../errors.ts';
import type {
  CoachProvider,
  SpeechProvider,
  SpeechSession,
  TranscribeOptions,
  TranscriberSession,
  TranscriptionProvider,
  UtteranceStream,
} from './types.ts';

const nameOf = (chain: { name: string }[]): string => chain.map(({ name }) => name).join(' → ');

async function closeAll(chain: { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(chain.map((provider) => provider.close()));
}

/** Yields from the first source that yields anything. */
async function* firstThatWorks<T>(
  sources: (() => AsyncIterable<T>)[],
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let failure: unknown = new ProviderError('chain', 'there is no provider');
  for (const source of sources) {
    let begun = false;
    try {
      for await (const value of source()) {
        begun = true;
        yield value;
      }
      return;
    } catch (error) {
      if (begun || signal.aborted) throw error;
      failure = error;
    }
  }
  throw failure;
}

export function chainCoach(chain: CoachProvider[]): CoachProvider {
  return {
    name: nameOf(chain),
    reply: (request, signal) =>
      firstThatWorks(
        chain.map((provider) => () => provider.reply(request, signal)),
        signal,
      ),
    async summarise(turns, model, signal) {
      let failure: unknown = new ProviderError('chain', 'there is no coach');
      for (const provider of chain) {
        try {
          return await provider.summarise(turns, model, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          failure = error;
        }
      }
      throw failure;
    },
    close: () => closeAll(chain),
  };
}

/** All audio comes at the first one's rate. */
export function chainSpeech(chain: SpeechProvider[]): SpeechProvider {
  const [first] = chain;
  if (first === undefined) throw new ProviderError('chain', 'there is no speech provider');
  return {
    name: nameOf(chain),
    rate: first.rate,
    ...(first.voices === undefined ? {} : { voices: first.voices }),
    open() {
      const sessions = chain.map((provider) => ({ rate: provider.rate, session: provider.open() }));
      return {
        synthesize: (text, options) =>
          firstThatWorks(
            sessions.map(
              ({ rate, session }) =>
                () =>
                  atRate(session, rate, first.rate, text, options),
            ),
            options.signal,
          ),
        close() {
          for (const { session } of sessions) session.close();
        },
      };
    },
    close: () => closeAll(chain),
  };
}

async function* atRate(
  session: SpeechSession,
  from: number,
  to: number,
  ...args: Parameters<SpeechSession['synthesize']>
): ReturnType<SpeechSession['synthesize']> {
  if (from === to) {
    yield* session.synthesize(...args);
    return;
  }
  const resampler = createResampler(from, to);
  try {
    for await (const { samples } of session.synthesize(...args)) yield { samples: resampler.process(samples) };
    yield { samples: resampler.flush() };
  } finally {
    resampler.close();
  }
}

/** Keeps an utterance's samples until it has its words, so that the next one can hear it from the beginning. */
export function chainTranscription(chain: TranscriptionProvider[]): TranscriptionProvider {
  const [only] = chain;
  if (only !== undefined && chain.length === 1) return only;
  return {
    name: nameOf(chain),
    open() {
      const sessions = chain.map((provider) => provider.open());
      return {
        start: (options) => startChained(sessions, options),
        close() {
          for (const session of sessions) session.close();
        },
      };
    },
    close: () => closeAll(chain),
  };
}

function startChained(sessions: TranscriberSession[], options: TranscribeOptions): UtteranceStream {
  const [first, ...rest] = sessions;
  if (first === undefined) throw new ProviderError('chain', 'there is no transcriber');
  const heard: Int16Array[] = [];
  const stream = first.start(options);
  return {
    feed(samples) {
      heard.push(samples.slice());
      stream.feed(samples);
    },
    async finish() {
      let failure: unknown;
      try {
        return await stream.finish();
      } catch (error) {
        failure = error;
      }
      for (const session of rest) {
        if (options.signal.aborted) break;
        try {
          const again = session.start(options);
          for (const samples of heard) again.feed(samples);
          return await again.finish();
        } catch (error) {
          failure = error;
        }
      }
      throw failure;
    },
  };
}
