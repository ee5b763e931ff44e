/**
 * What the server itself adds to a turn, against the floor in the same run: `npm run bench -- [SESSIONS] [TURNS] [floor]`.
 * Each server has the scripted provider beside it, a warm-up of its own, and the same callers. Writes results.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadResult, loadResult } from './load-result.ts';
import { canPin, runJson, startService, usage } from './process.ts';

const sessions = Number(process.argv[2] ?? 20);
const turns = Number(process.argv[3] ?? 5);
const floorOnly = process.argv[4] === 'floor';
const WARM_UP = { sessions: 5, turns: 2 };

interface Row extends LoadResult {
  server: string;
  /** Of the server's process, all threads; null where the system does not tell. */
  cpu_ms_a_turn: number | null;
  rss_kb_a_session: number | null;
  rss_mb: number | null;
}

async function load(dialect: string, url: string, count: number, rounds: number): Promise<LoadResult> {
  return loadResult.parse(await runJson('./load.ts', [dialect, url, String(count), String(rounds)]));
}

async function measure(
  server: string,
  dialect: string,
  script: string,
  env: (provider: string) => Record<string, string>,
) {
  const provider = await startService('./provider-server.ts', {}, 'others');
  try {
    const service = await startService(script, env(provider.url));
    try {
      await load(dialect, service.url, WARM_UP.sessions, WARM_UP.turns);
      const before = usage(service.process.pid);
      // Sampled while the sessions are open: afterwards their memory is free again.
      let peak = before?.rss_kb ?? 0;
      const sampler = setInterval(() => {
        peak = Math.max(peak, usage(service.process.pid)?.rss_kb ?? 0);
      }, 500);
      const result = await load(dialect, service.url, sessions, turns);
      clearInterval(sampler);
      const after = usage(service.process.pid);
      const known = before !== null && after !== null;
      const row: Row = {
        server,
        ...result,
        cpu_ms_a_turn: known ? round((after.cpu_ms - before.cpu_ms) / Math.max(1, result.turns)) : null,
        rss_kb_a_session: known ? Math.round((peak - before.rss_kb) / sessions) : null,
        rss_mb: known ? Math.round(peak / 1024) : null,
      };
      return row;
    } finally {
      await service.stop();
    }
  } finally {
    await provider.stop();
  }
}

const round = (value: number) => Math.round(value * 10) / 10;
const ratio = (value: number | null, floor: number | null) =>
  value === null || floor === null || floor <= 0 ? '' : ` (${round(value / floor)}x)`;

const floor = await measure('floor', 'floor', './floor.ts', (provider) => ({ PROVIDER_URL: provider }));
const rows = [floor];
if (!floorOnly) {
  const data = mkdtempSync(join(tmpdir(), 'kuku-bench-'));
  const env = (provider: string) => ({
    OPENAI_BASE_URL: provider,
    OPENAI_API_KEY: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: data,
    RATE_LIMITS: 'off',
    TRANSCRIBER: 'openai',
    COACH: 'openai',
    SPEECH: 'openai',
  });
  rows.push(await measure('kuku', 'kuku', '../src/main.ts', env));
  rmSync(data, { recursive: true, force: true });
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  pinned: canPin() && cpus().length > 1,
  node: process.version,
};
console.log(`${sessions} sessions, ${turns} turns each; ${machine.cores} x ${machine.cpu}, Node ${machine.node}`);
console.log(
  '| server | turns | added p50 ms | added p99 ms | own p50 ms | own p99 ms | CPU ms a turn | KB a session | RSS MB |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const row of rows) {
  const cells = [
    row.server,
    `${row.turns}/${row.expected}`,
    `${row.added_ms.p50 ?? 'none'}${ratio(row.added_ms.p50, floor.added_ms.p50)}`,
    `${row.added_ms.p99 ?? 'none'}${ratio(row.added_ms.p99, floor.added_ms.p99)}`,
    `${row.own_ms?.p50 ?? '–'}`,
    `${row.own_ms?.p99 ?? '–'}`,
    `${row.cpu_ms_a_turn ?? '?'}${ratio(row.cpu_ms_a_turn, floor.cpu_ms_a_turn)}`,
    `${row.rss_kb_a_session ?? '?'}${ratio(row.rss_kb_a_session, floor.rss_kb_a_session)}`,
    `${row.rss_mb ?? '?'}`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
  if ((row.frame_late_ms ?? 0) > 5)
    console.log(`  (callers were ${row.frame_late_ms} ms late at p99: they are the limit)`);
  for (const trouble of row.troubles) console.log(`  trouble: ${trouble}`);
}
const results = { date: new Date().toISOString().slice(0, 10), machine, rows };
// A run of the floor alone is a try, not a result.
if (!floorOnly) writeFileSync(new URL('./results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
