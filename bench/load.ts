/**
 * Callers in a process of their own: `node bench/load.ts DIALECT URL SESSIONS TURNS`. Each sends 20 ms frames by an
 * absolute clock, speaks for 2.1 s, hears the reply, speaks again. Prints one line of JSON (LoadResult).
 *
 * Added latency of a turn = first audio in − when the frame was sent that ended the hangover − what the script takes.
 */
import { sleep, systemClock } from '../src/clock.ts';
import { BENCH_UNAVOIDABLE_MS } from '../test/support/openai-script.ts';
import { callerAudio, FRAME_MS } from './audio.ts';
import { type Caller, DIALECTS } from './dialects.ts';
import type { LoadResult } from './load-result.ts';

/** Speech 2.1, hangover 0.3, providers 0.63, reply 3.6 s, and the rest so that replies have ended before the next. */
const TURN_MS = 8_000;
const FRAMES_PER_TURN = TURN_MS / FRAME_MS;
/** Silence before the first words: detectors learn the floor. */
const LEAD_IN_FRAMES = 50;
/** Callers that connect at once, and how often the sender looks for frames that are due. */
const CONNECT_AT_ONCE = 20;
const TICK_MS = 2;

const [name = 'kuku', base = '', sessionCount = '20', turnCount = '3'] = process.argv.slice(2);
const sessions = Number(sessionCount);
const turns = Number(turnCount);
const dialect = DIALECTS[name];
if (dialect === undefined) throw new Error(`no dialect ${name}: ${Object.keys(DIALECTS).join(', ')}`);

interface Line {
  caller: Caller;
  start: number;
  next: number;
}

const added: number[] = [];
const late: number[] = [];
const shares: number[] = [];
const troubles: string[] = [];
const { speech, silence } = await callerAudio();

async function connect(): Promise<Line> {
  /** When each frame was sent; only those of the turn at hand are kept. */
  const sent = new Float64Array(LEAD_IN_FRAMES + FRAMES_PER_TURN * turns + 1);
  let endpointAt: number | null = null;
  const caller = await (dialect ?? fail())(base, {
    onEndpoint(at_ms) {
      endpointAt = sent[Math.round(at_ms / FRAME_MS) - 1] ?? null;
    },
    onAudio() {
      if (endpointAt === null) return;
      added.push(performance.now() - endpointAt - BENCH_UNAVOIDABLE_MS);
      endpointAt = null;
    },
    onShare: (ms) => void shares.push(ms),
    onTrouble: (what) => void troubles.push(what.slice(0, 300)),
  });
  return {
    start: 0,
    next: 0,
    caller: {
      close: () => caller.close(),
      send(frame, index) {
        sent[index] = performance.now();
        caller.send(frame, index);
      },
    },
  };
}

function fail(): never {
  throw new Error('no dialect');
}

/** Sends what is due on every line; true when all has been sent. */
function pump(lines: Line[], frames: number): boolean {
  let done = true;
  for (const line of lines) {
    for (; line.next < frames; line.next++) {
      const due = line.start + line.next * FRAME_MS;
      const now = performance.now();
      if (due > now) break;
      late.push(now - due);
      const inTurn = (line.next - LEAD_IN_FRAMES) % FRAMES_PER_TURN;
      line.caller.send((line.next >= LEAD_IN_FRAMES && speech[inTurn]) || silence, line.next);
    }
    done = done && line.next >= frames;
  }
  return done;
}

function percentile(sorted: number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return Math.round(value * 10) / 10;
}

const lines: Line[] = [];
while (lines.length < sessions) {
  const more = Math.min(CONNECT_AT_ONCE, sessions - lines.length);
  lines.push(...(await Promise.all(Array.from({ length: more }, connect))));
}
// Spread over a turn, as people are.
const begin = performance.now() + 200;
for (const [i, line] of lines.entries()) line.start = begin + (i * TURN_MS) / sessions;
const frames = LEAD_IN_FRAMES + FRAMES_PER_TURN * turns;
while (!pump(lines, frames)) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
await sleep(systemClock, 500);
for (const { caller } of lines) caller.close();

added.sort((a, b) => a - b);
late.sort((a, b) => a - b);
shares.sort((a, b) => a - b);
const result: LoadResult = {
  sessions,
  turns: added.length,
  expected: sessions * turns,
  added_ms: { p50: percentile(added, 0.5), p99: percentile(added, 0.99), max: percentile(added, 1) },
  own_ms: shares.length === 0 ? null : { p50: percentile(shares, 0.5), p99: percentile(shares, 0.99) },
  frame_late_ms: percentile(late, 0.99),
  troubles: [...new Set(troubles)].slice(0, 5),
};
console.log(JSON.stringify(result));
process.exit(0);
