import type { Model } from '../../protocol/index.ts';
import type { Tokens } from '../accounts/tokens.ts';
import type { Clock } from '../clock.ts';
import type { SessionRegistry } from '../session/registry.ts';
import type { SessionStore, SpokenAudio } from '../store/types.ts';

/** The catalogue as clients see it. */
export interface Models {
  readonly default: string;
  has(name: string): boolean;
  list(): Model[];
}

/** What the routes are served by. */
export interface TransportParts {
  clock: Clock;
  registry: SessionRegistry;
  store: SessionStore;
  tokens: Tokens;
  models: Models;
  /** Speaks an item for `GET …/audio/{item_id}`. @throws ProviderError */
  speak(text: string, voice: string, language: string): Promise<SpokenAudio>;
  /** The words of an uploaded file; '' when there are none. @throws InvalidInput, ProviderError */
  transcribeFile(bytes: Uint8Array, language: string): Promise<string>;
  /** Voices there are, the default one first. */
  voices: readonly string[];
  limits: {
    session_seconds: number;
    session_messages: number;
    /** Off for load tests that come from one address. */
    rate_limits: boolean;
  };
  /** Browser origins besides the server's own. */
  allowedOrigins: readonly string[];
  /** What is not working, by part; empty when the server is ready. */
  problems(): Promise<Record<string, string>>;
}
