/** The embedded voice: flite in worker threads. Clear, quick and plain; 16 kHz, English. */
import { type Clock, systemClock } from '../../clock.ts';
import { Cancelled } from '../../errors.ts';
import type { SpeechAudio, SpeechOptions, SpeechProvider, SpeechSession } from '../types.ts';
import { speakable } from './speakable.ts';
import { SpeechPool } from './speech-pool.ts';

/** The voice's own rate. */
const RATE = 16_000;
/** 200 ms, so that the receiver may start on little; then a second at a time. */
const FIRST_SLICE = RATE / 5;
const SLICE = RATE;
/** A woman from the US, a man from the US, a man from Scotland. Names of other providers' voices get the first. */
const VOICES: readonly [string, ...string[]] = ['slt', 'rms', 'awb'];

export interface EmbeddedSpeechOptions {
  /** Threads at most; one speaks about 50 times as fast as the words last. Default 1. */
  workers?: number;
  clock?: Clock;
}

export interface EmbeddedSpeech extends SpeechProvider {
  /** Resolves when the voice is loaded; rejects with ProviderError `engine_missing` when its package is not there. */
  ready(): Promise<void>;
}

export function createEmbeddedSpeech({ workers = 1, clock = systemClock }: EmbeddedSpeechOptions = {}): EmbeddedSpeech {
  const pool = new SpeechPool(Math.max(1, workers), clock);

  async function* synthesize(text: string, { voice, signal }: SpeechOptions): AsyncGenerator<SpeechAudio> {
    signal.throwIfAborted();
    const speaker = VOICES.includes(voice) ? voice : VOICES[0];
    for (const piece of speakable(text)) {
      const samples = await pool.speak(piece, speaker, signal);
      let at = 0;
      for (let end = FIRST_SLICE; at < samples.length; end += SLICE) {
        signal.throwIfAborted();
        yield { samples: samples.slice(at, end) };
        at = end;
      }
    }
  }

  return {
    name: 'embedded',
    rate: RATE,
    voices: VOICES,
    ready: () => pool.ready(),
    close: () => pool.close(),
    open(): SpeechSession {
      const session = new AbortController();
      return {
        synthesize: (text, options) =>
          synthesize(text, { ...options, signal: AbortSignal.any([options.signal, session.signal]) }),
        close: () => session.abort(new Cancelled('the session is over')),
      };
    },
  };
}
