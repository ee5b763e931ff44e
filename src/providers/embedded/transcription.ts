/** The embedded transcriber: CMU PocketSphinx in worker threads, fed while the person speaks. US English. */
import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../../clock.ts';
import { Cancelled } from '../../errors.ts';
import type { TranscriberSession, TranscriptionProvider } from '../types.ts';
import type { CepstralMean } from './cepstral-mean.ts';
import { RecogniserPool } from './recogniser-pool.ts';
import { Utterance } from './utterance.ts';

export interface EmbeddedTranscriptionOptions {
  /** Recognisers, which is how many people may speak at the same moment. Default: one less than there are cores. */
  workers?: number;
  /** A folder for the mended engine (470 KB); it is made when it is not there. */
  cacheDir: string;
  /** Utterances that may wait for a recogniser. Default 16. */
  queueLimit?: number;
  clock?: Clock;
}

export interface EmbeddedTranscription extends TranscriptionProvider {
  /**
   * Resolves when every recogniser is warm (about 1 s). Rejects with ProviderError `engine_missing` when none starts.
   * Nobody has to wait for it: what is said before then is kept and heard.
   */
  ready(): Promise<void>;
}

export function createEmbeddedTranscription(options: EmbeddedTranscriptionOptions): EmbeddedTranscription {
  const { workers = availableParallelism() - 1, cacheDir, queueLimit = 16, clock = systemClock } = options;
  const pool = new RecogniserPool({ workers: Math.max(1, workers), cacheDir, queueLimit, clock });
  return {
    name: 'embedded',
    ready: () => pool.ready(),
    close: () => pool.close(),
    open(): TranscriberSession {
      const speaker: { mean: CepstralMean | null } = { mean: null };
      let current: Utterance | null = null;
      return {
        start(options) {
          const utterance = new Utterance(options, (settled) => {
            pool.settled(settled);
            if (current === settled) current = null;
          });
          current = utterance;
          if (options.signal.aborted) utterance.settle({ reason: options.signal.reason });
          pool.add({ utterance, speaker });
          return utterance;
        },
        close: () => current?.settle({ reason: new Cancelled('the session is over') }),
      };
    },
  };
}
