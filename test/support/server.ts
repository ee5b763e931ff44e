import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import type { CreateSessionRequest, Session } from '../../protocol/index.ts';
import { createTokens } from '../../src/accounts/tokens.ts';
import { buildApp } from '../../src/app.ts';
import { loadResamplers } from '../../src/audio/resample.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { speakWhole, transcribeWhole } from '../../src/conversation/whole.ts';
import { logInsight } from '../../src/insight/log.ts';
import type { TurnTimings } from '../../src/insight/types.ts';
import type { SessionParts } from '../../src/session/body.ts';
import { SessionRegistry } from '../../src/session/registry.ts';
import { openSqliteStore } from '../../src/store/sqlite/index.ts';
import type { SessionStore } from '../../src/store/types.ts';
import type { Models, TransportParts } from '../../src/transport/context.ts';
import { type Answer, type CallOptions, call } from './client.ts';
import { type Script, type ScriptedEngines, scriptedEngines } from './scripted-engines.ts';

type Engines = Pick<SessionParts, 'voiceActivity' | 'transcription' | 'coach' | 'speech'>;

export interface ServerOptions {
  clock?: Clock;
  script?: Partial<Script>;
  /** Takes the place of some of the scripted engines. */
  engines?(scripted: ScriptedEngines): Partial<Engines>;
  /** Stands between the sessions and the real store. */
  store?(real: SessionStore): SessionStore;
  limits?: Partial<TransportParts['limits']>;
  allowedOrigins?: readonly string[];
  /** What `/readyz` finds besides the store's own state. */
  problems?(): Record<string, string>;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** `ws://127.0.0.1:PORT` */
  wsUrl: string;
  app: FastifyInstance;
  parts: TransportParts;
  registry: SessionRegistry;
  engines: ScriptedEngines;
  store: SessionStore;
  /** Faults that sessions told of, in order. */
  faults: { where: string; error: unknown }[];
  turns: TurnTimings[];
  /** Every line that was logged, at level trace. */
  logs: string[];
  /** A new session and its secret. */
  create(body?: CreateSessionRequest): Promise<{ id: string; token: string; session: Session }>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** The catalogue of a server in tests. */
export const testModels: Models = {
  default: 'scripted',
  has: (name) => name === 'scripted' || name === 'other',
  list: () =>
    ['scripted', 'other'].map((name) => ({
      name,
      object: 'model',
      default: name === 'scripted',
      description: null,
      available: true,
      retires_at: null,
    })),
};

/** The whole product but its engines: real routes, sockets, sessions, tokens and store, on a free port of 127.0.0.1. */
export async function startServer(t: Test, options: ServerOptions = {}): Promise<TestServer> {
  await loadResamplers();
  const { clock = systemClock, limits, allowedOrigins = [] } = options;
  const dir = await mkdtemp(join(tmpdir(), 'kuku-server-'));
  const real = await openSqliteStore({ file: join(dir, 'kuku.db') });
  const store = options.store?.(real) ?? real;
  const engines = scriptedEngines(clock);
  // Real time: a reply of a hundred letters is written at once and is heard in a fifth of a second.
  Object.assign(engines.script, { hear_ms: 1, ttft_ms: 1, token_ms: 0, ttfb_ms: 1, char_ms: 2 }, options.script);
  const { voiceActivity, transcription, coach, speech } = { ...engines, ...options.engines?.(engines) };
  const faults: TestServer['faults'] = [];
  const turns: TurnTimings[] = [];
  const logs: string[] = [];
  let app: FastifyInstance | null = null;
  const insight = logInsight({
    debug: (fields, message) => app?.log.debug(fields, message),
    error: (fields, message) => app?.log.error(fields, message),
  });
  const registry = new SessionRegistry({
    clock,
    store,
    voiceActivity,
    transcription,
    coach,
    speech,
    insight: {
      turn(id, timings) {
        turns.push(timings);
        insight.turn(id, timings);
      },
      fault(id, where, error) {
        faults.push({ where, error });
        insight.fault(id, where, error);
      },
    },
    idle_ms: 120_000,
  });
  const parts: TransportParts = {
    clock,
    registry,
    store,
    tokens: createTokens({ secret: new Uint8Array(32).fill(7), clock }),
    models: testModels,
    speak: (text, voice, language) => speakWhole(speech, text, voice, language),
    transcribeFile: (bytes, language) => transcribeWhole(transcription, bytes, language),
    voices: speech.voices ?? [],
    limits: { session_seconds: 1800, session_messages: 200, rate_limits: true, ...limits },
    allowedOrigins,
    async problems() {
      const failed = await store.ready().then(
        () => ({}),
        () => ({ store: 'does not answer' }),
      );
      return { ...failed, ...options.problems?.() };
    },
  };
  const built = await buildApp(parts, { logger: { level: 'trace', stream: { write: (line) => logs.push(line) } } });
  app = built;
  const url = await built.listen({ host: '127.0.0.1', port: 0 });

  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= (async () => {
      await built.close();
      await real.close();
      await rm(dir, { recursive: true, force: true });
    })();
    return closing;
  };
  t.teardown(close);

  return {
    url,
    wsUrl: url.replace('http', 'ws'),
    app: built,
    parts,
    registry,
    engines,
    store,
    faults,
    turns,
    logs,
    close,
    call: (method, path, how) => call(url, method, path, how),
    async create(body) {
      const created = await parts.registry.create({
        model: body?.model ?? 'scripted',
        voice: body?.voice ?? 'slt',
        language: body?.language ?? 'en-US',
        goal: body?.goal ?? null,
        greeting: body?.greeting ?? false,
        max_duration_seconds: body?.max_duration_seconds ?? 1800,
        max_messages: parts.limits.session_messages,
      });
      const token = await parts.tokens.sessionSecret(created.id, clock.now() + 3_600_000);
      return { id: created.id, token, session: created };
    },
  };
}
