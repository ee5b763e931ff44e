/** Processes of the bench: started, watched from outside, ended. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Service {
  process: ChildProcess;
  /** The address it printed. */
  url: string;
  stop(): Promise<void>;
}

const FLAGS = ['--disable-warning=ExperimentalWarning', '--single-threaded-gc'];
const START_MS = 60_000;
/** Linux counts CPU time in these, a second: USER_HZ, 100 on every architecture Node runs on. */
const TICKS = 100;

/** The server under test has a core to itself where there is one to give; the others share what is left. */
function command(script: string, args: string[], core: 'server' | 'others'): [string, string[]] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const node = [...FLAGS, path, ...args];
  if (!canPin() || cpus().length < 2) return [process.execPath, node];
  const list = core === 'server' ? '0' : `1-${cpus().length - 1}`;
  return ['taskset', ['-c', list, process.execPath, ...node]];
}

let pins: boolean | null = null;

export function canPin(): boolean {
  try {
    pins ??= execFileSync('taskset', ['-c', '0', 'true']) !== null;
  } catch {
    pins = false;
  }
  return pins;
}

/** Resolves when it has printed `listening on URL`; rejects when it ends before, with what it said. */
export function startService(
  script: string,
  env: Record<string, string>,
  core: 'server' | 'others' = 'server',
): Promise<Service> {
  const [file, args] = command(script, [], core);
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    let said = '';
    const give = (error: Error) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(error);
    };
    const timer = setTimeout(() => give(new Error(`${script} does not start: ${said.slice(-2000)}`)), START_MS);
    const hear = (data: Buffer) => {
      if (said.length < 100_000) said += data.toString();
      const url = /listening on (http:\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      const stop = async () => {
        const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
        child.kill('SIGTERM');
        await exited;
        clearTimeout(force);
      };
      resolve({ process: child, url, stop });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => give(new Error(`${script} ended with ${code}: ${said.slice(-2000)}`)));
  });
}

/** Runs a script to its end and parses the last line it prints. */
export async function runJson(script: string, args: string[]): Promise<unknown> {
  const [file, all] = command(script, args, 'others');
  const child = spawn(file, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  for await (const data of child.stdout) out += String(data);
  const last = out.trim().split('\n').at(-1);
  if (last === undefined || last === '') throw new Error(`${script} printed nothing`);
  return JSON.parse(last);
}

/** What the kernel knows of a process: CPU time, all threads, and resident memory. Null where there is no /proc. */
export function usage(pid: number | undefined): { cpu_ms: number; rss_kb: number } | null {
  try {
    // The command's name, the second field, is in brackets and may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return { cpu_ms: (ticks / TICKS) * 1000, rss_kb: Number(rss) };
  } catch {
    return null;
  }
}
