/** A server of this project, in a process of its own, for as long as it is needed. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/clock.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url);
/** The first start on a machine prepares the recogniser. */
const START_MS = 90_000;
const STOP_MS = 12_000;
const KEPT_CHARS = 4000;

export interface OwnServer {
  url: string;
  /** SIGTERM, and its data is gone (unless the caller gave the folder). Idempotent. Resolves with its exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL: as a crash. */
  kill(): Promise<void>;
}

/** `dataDir`: kept for a next start; else a temporary one. */
export interface ServerOptions {
  dataDir?: string;
  env?: Record<string, string>;
}

/** Resolves when it listens; rejects with what it said when it ends before. */
export async function startServer(
  clock: Clock,
  signal: AbortSignal,
  { dataDir, env = {} }: ServerOptions = {},
): Promise<OwnServer> {
  const data = dataDir ?? (await mkdtemp(join(tmpdir(), 'kuku-talk-')));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--single-threaded-gc', fileURLToPath(MAIN)],
    {
      env: { ...process.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const end = async () => {
    const force = clock.after(STOP_MS, () => child.kill('SIGKILL'));
    child.kill('SIGTERM');
    const code = await exited;
    force();
    if (dataDir === undefined) await rm(data, { recursive: true, force: true });
    return code;
  };
  let stopped: Promise<number | null> | null = null;
  const stop = () => {
    stopped ??= end();
    return stopped;
  };
  let said = '';
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const late = clock.after(START_MS, () => reject(new Error(`the server does not start: ${said.trim()}`)));
      const settle = (then: () => void) => {
        late();
        signal.removeEventListener('abort', aborted);
        then();
      };
      const aborted = () => settle(() => reject(signal.reason));
      const hear = (data: Buffer) => {
        said = (said + data.toString()).slice(-KEPT_CHARS);
        const address = /listening on (http:\S+)\s/.exec(said)?.[1];
        if (address !== undefined) settle(() => resolve(address));
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', (error) => settle(() => reject(error)));
      child.once('close', (code) =>
        settle(() => reject(new Error(`the server ended with status ${code}: ${said.trim()}`))),
      );
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
    const kill = async () => {
      child.kill('SIGKILL');
      await exited;
    };
    return { url, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
}
