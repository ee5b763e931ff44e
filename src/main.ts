/** The composition root: config → parts → listen → drain. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTokens, loadSecret } from './accounts/tokens.ts';
import { buildApp } from './app.ts';
import { systemClock } from './clock.ts';
import { type Catalogue, parseCatalogue } from './coach/catalogue.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { speakWhole, transcribeWhole } from './conversation/whole.ts';
import { KukuError } from './errors.ts';
import { logInsight } from './insight/log.ts';
import { createProviders, modelList, type Providers } from './parts.ts';
import { SessionRegistry } from './session/registry.ts';
import { openSqliteStore } from './store/sqlite/index.ts';
import type { SessionStore } from './store/types.ts';
import { warmUp } from './warm-up.ts';

/** From the signal to the exit, ms. */
const GRACE_MS = 10_000;
/** What readiness waits for the store, ms. */
const READY_MS = 2_000;

const SHIPPED_MODELS = new URL('../models.json', import.meta.url);
const clock = systemClock;

async function start(config: Config): Promise<void> {
  mkdirSync(config.DATA_DIR, { recursive: true });
  const catalogue = readCatalogue(config);
  // Engines' threads do not keep the process alive, and nothing else does before it listens.
  const starting = setInterval(() => {}, 60_000);
  const providers = await createProviders(config, catalogue, clock);
  await providers.warm();
  await warmUp(clock, providers.transcription, config.SPEECH[0] === 'embedded' ? providers.speech : null);
  const secret = await loadSecret({ configured: config.TOKEN_SECRET, dataDir: config.DATA_DIR });
  const store = await openSqliteStore({ file: join(config.DATA_DIR, 'kuku.sqlite') });

  let draining = false;
  const { voiceActivity, transcription, coach, speech } = providers;
  const log = { debug: (_fields: object, _message: string) => {}, error: (_fields: object, _message: string) => {} };
  const registry = new SessionRegistry({
    clock,
    store,
    voiceActivity,
    transcription,
    coach,
    speech,
    insight: logInsight({
      debug: (fields, message) => log.debug(fields, message),
      error: (fields, message) => log.error(fields, message),
    }),
    idle_ms: config.SESSION_IDLE_SECONDS * 1000,
  });
  const app = await buildApp(
    {
      clock,
      registry,
      store,
      tokens: createTokens({ secret, clock }),
      models: modelList(config, catalogue),
      speak: (text, voice, language) => speakWhole(speech, text, voice, language),
      transcribeFile: (bytes, language) => transcribeWhole(transcription, bytes, language),
      voices: speech.voices ?? [],
      limits: {
        session_seconds: config.SESSION_MAX_SECONDS,
        session_messages: config.SESSION_MAX_MESSAGES,
        rate_limits: config.RATE_LIMITS === 'on',
      },
      allowedOrigins: config.ALLOWED_ORIGINS ?? [],
      problems: async () => (draining ? { server: 'draining' } : storeProblem(store)),
    },
    // Standard output is for people; the log is for machines.
    { logger: { level: config.LOG_LEVEL, stream: process.stderr } },
  );
  log.debug = (fields, message) => app.log.debug(fields, message);
  log.error = (fields, message) => app.log.error(fields, message);
  process.on('unhandledRejection', (error) => {
    app.log.error({ error: error instanceof Error ? error.name : typeof error }, 'a rejection nobody handled');
  });

  const stop = async () => {
    // A second signal does not wait.
    if (draining) process.exit(1);
    draining = true;
    const force = clock.after(GRACE_MS, () => process.exit(1));
    await registry.drain(GRACE_MS);
    await app.close();
    await store.close();
    await providers.close();
    force();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());

  registry.start();
  const address = await app.listen({ host: config.HOST, port: config.PORT });
  clearInterval(starting);
  process.stdout.write(banner(address, config, providers, store));
}

function readCatalogue(config: Config): Catalogue {
  const file = config.MODELS_FILE ?? SHIPPED_MODELS;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new ConfigError(['MODELS_FILE: the file cannot be read as JSON (example: MODELS_FILE=./models.json)']);
  }
  try {
    const catalogue = parseCatalogue(json, (name) => process.env[name]);
    if (catalogue.lookup(config.MODEL) === null) {
      throw new ConfigError([`MODEL: the catalogue has no such model (example: MODEL=${catalogue.models[0]?.name})`]);
    }
    return catalogue;
  } catch (error) {
    if (error instanceof KukuError) throw new ConfigError([`MODELS_FILE: ${error.message}`]);
    throw error;
  }
}

async function storeProblem(store: SessionStore): Promise<Record<string, string>> {
  const late = new Promise<string>((resolve) => clock.after(READY_MS, () => resolve('no answer in time')));
  const works = store.ready().then(
    () => null,
    (error: unknown) => (error instanceof KukuError ? error.code : 'failed'),
  );
  const problem = await Promise.race([works, late]);
  return problem === null ? {} : { store: problem };
}

function banner(address: string, config: Config, providers: Providers, store: SessionStore): string {
  const { transcription, coach, speech, voiceActivity } = providers;
  const rows = [
    ['transcription', transcription.name],
    ['coach', `${coach.name} (default model ${config.MODEL})`],
    ['speech', speech.name],
    ['voice activity', voiceActivity?.name ?? 'none: clients commit by hand'],
    ['sessions', `${store.name}, in ${config.DATA_DIR}`],
  ];
  if (providers.missing.length > 0)
    rows.push(['not installed', `${providers.missing.join(', ')} (npm install --include=optional)`]);
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(15)}${value}`);
  return `listening on ${address}\n${lines.join('\n')}\n  docs           ${address}/docs\n`;
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  await start(readConfig(process.env));
} catch (error) {
  const known = error instanceof ConfigError || error instanceof KukuError;
  const message = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
