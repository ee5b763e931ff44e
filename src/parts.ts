/** From settings to parts: the one place, with main.ts, that names concrete providers and stores. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadResamplers } from './audio/resample.ts';
import type { Clock } from './clock.ts';
import type { Catalogue } from './coach/catalogue.ts';
import { createEmbeddedCoach } from './coach/embedded-coach.ts';
import { type Config, ConfigError } from './config.ts';
import { chainCoach, chainSpeech, chainTranscription } from './providers/chain.ts';
import { embeddedAvailable } from './providers/embedded/available.ts';
import { createEmbeddedSpeech } from './providers/embedded/speech.ts';
import { createEmbeddedTranscription } from './providers/embedded/transcription.ts';
import { createEmbeddedVoiceActivity } from './providers/embedded/voice-activity.ts';
import { createOpenAI, type OpenAIClient } from './providers/openai/client.ts';
import { createOpenAICoach } from './providers/openai/coach.ts';
import { createOpenAISpeech } from './providers/openai/speech.ts';
import { createOpenAITranscription } from './providers/openai/transcription.ts';
import type { CoachProvider, SpeechProvider, TranscriptionProvider, VoiceActivityProvider } from './providers/types.ts';
import type { Models } from './transport/context.ts';

/** Recognisers at once: each takes 220 MB and most of a core while somebody speaks (docs/engines.md). */
const MAX_RECOGNISERS = 2;

export interface Providers {
  voiceActivity: VoiceActivityProvider | null;
  transcription: TranscriptionProvider;
  coach: CoachProvider;
  speech: SpeechProvider;
  /** Packages of the embedded engines that are not installed. */
  missing: string[];
  /** Loads what takes time at first use: engines, models, connections. Rejects when one cannot be loaded. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export async function createProviders(config: Config, catalogue: Catalogue, clock: Clock): Promise<Providers> {
  await loadResamplers();
  const available = embeddedAvailable();
  const warm: (() => Promise<void>)[] = [];
  const openai = usesOpenAI(config) ? openAIClient(config, clock) : null;

  const need = (setting: 'TRANSCRIBER' | 'SPEECH', there: boolean) => {
    if (there) return true;
    if (config[setting].length > 1) return false;
    throw new ConfigError([
      `${setting}: the embedded engine is not installed (missing: ${available.missing.join(', ')}); ` +
        `run npm install --include=optional, or name another provider (example: ${setting}=openai)`,
    ]);
  };

  const transcribers: TranscriptionProvider[] = [];
  for (const name of config.TRANSCRIBER) {
    if (name === 'openai' && openai !== null) {
      const { model } = catalogue.transcription;
      transcribers.push(createOpenAITranscription({ client: openai, model, stream: catalogue.transcription.stream }));
    } else if (name === 'embedded' && need('TRANSCRIBER', available.transcription)) {
      const workers = Math.max(1, Math.min(MAX_RECOGNISERS, availableParallelism() - 1));
      const cacheDir = join(config.DATA_DIR, 'cache');
      const engine = createEmbeddedTranscription({ workers, cacheDir, clock });
      // A fallback costs its memory only once it is needed.
      if (transcribers.length === 0) warm.push(() => engine.ready());
      transcribers.push(engine);
    }
  }

  const voices: SpeechProvider[] = [];
  for (const name of config.SPEECH) {
    if (name === 'openai' && openai !== null) {
      voices.push({
        ...createOpenAISpeech({ client: openai, model: catalogue.speech.model }),
        voices: catalogue.speech.voices,
      });
    } else if (name === 'embedded' && need('SPEECH', available.speech)) {
      const engine = createEmbeddedSpeech({ clock });
      if (voices.length === 0) warm.push(() => engine.ready());
      voices.push(engine);
    }
  }

  const embedded = createEmbeddedCoach();
  const coaches = config.COACH.map((name) =>
    name === 'openai' && openai !== null ? openAICoach(openai, catalogue) : embedded,
  );

  const voiceActivity = available.voice_activity ? await createEmbeddedVoiceActivity() : null;

  const transcription = chainTranscription(transcribers);
  const speech = chainSpeech(voices);
  const coach = byModel(chainCoach(coaches), embedded, catalogue);
  return {
    voiceActivity,
    transcription,
    coach,
    speech,
    missing: available.missing,
    async warm() {
      await Promise.all(warm.map((one) => one()));
    },
    async close() {
      await Promise.all([transcription.close(), speech.close(), coach.close()]);
      await openai?.close();
    },
  };
}

function usesOpenAI(config: Config): boolean {
  return [config.TRANSCRIBER, config.COACH, config.SPEECH].some((chain) => chain.includes('openai'));
}

function openAIClient(config: Config, clock: Clock): OpenAIClient {
  // A server of one's own may want no key, but the SDK wants one.
  return createOpenAI({ apiKey: config.OPENAI_API_KEY ?? 'none', baseURL: config.OPENAI_BASE_URL, clock });
}

function openAICoach(client: OpenAIClient, catalogue: Catalogue): CoachProvider {
  return createOpenAICoach({
    client,
    resolveModel: (name) => catalogue.lookup(name)?.upstream ?? name,
    temperature: (name) => catalogue.lookup(name)?.temperature ?? null,
  });
}

/** The catalogue as clients see it. `available`: some coach of the chain can run it. */
export function modelList(config: Config, catalogue: Catalogue): Models {
  return {
    default: config.MODEL,
    has: (name) => catalogue.lookup(name) !== null,
    list: () =>
      catalogue.models.map(({ name, description, retires_at, provider }) => ({
        name,
        object: 'model' as const,
        default: name === config.MODEL,
        description,
        available: config.COACH.includes(provider),
        retires_at,
      })),
  };
}

/** A session that chose the embedded coach stays with it: what is said in it goes to no cloud. */
function byModel(chain: CoachProvider, embedded: CoachProvider, catalogue: Catalogue): CoachProvider {
  const of = (model: string) => (catalogue.lookup(model)?.provider === 'embedded' ? embedded : chain);
  return {
    name: chain.name,
    reply: (request, signal) => of(request.model).reply(request, signal),
    summarise: (turns, model, signal) => of(model).summarise(turns, model, signal),
    close: () => chain.close(),
  };
}
