/** What is told at the end of a session. */
import type { Turn } from './ledger.ts';
import type { TalkResult } from './types.ts';

/** Heading, and the figure of a turn. */
const COLUMNS: readonly (readonly [string, (turn: Turn) => number | null | undefined])[] = [
  ['pause', ({ metrics }) => metrics?.end_of_turn_delay_ms],
  ['transcr.', ({ metrics }) => metrics?.transcription_ms],
  ['coach', ({ metrics }) => metrics?.llm_ttft_ms],
  ['voice', ({ metrics }) => metrics?.tts_ttfb_ms],
  ['server', ({ metrics }) => metrics?.server_ms],
  ['total', ({ metrics }) => metrics?.e2e_latency_ms],
  ['waited', ({ waited_ms }) => waited_ms],
];
const NUMBER = 3;
const RATE = 7;
const FIGURE = 9;

/** The turns: timings in ms, and under each what was said, heard and answered. */
export function report(result: TalkResult): string {
  const heading = `${'#'.padEnd(NUMBER)}${'WER'.padStart(RATE)}${COLUMNS.map(([name]) => name.padStart(FIGURE)).join('')}`;
  const lines = ['', `${heading}   (ms)`];
  for (const [index, turn] of result.turns.entries()) {
    const figures = COLUMNS.map(([, figure]) => whole(figure(turn)).padStart(FIGURE)).join('');
    lines.push(`${String(index + 1).padEnd(NUMBER)}${percent(turn.wer).padStart(RATE)}${figures}`);
    const indent = ' '.repeat(NUMBER);
    if (turn.said !== null) lines.push(`${indent}said   ${turn.said}`);
    if (turn.how !== 'typed') lines.push(`${indent}heard  ${turn.heard === '' ? '(nothing)' : turn.heard}`);
    lines.push(`${indent}reply  ${turn.reply === '' ? '(none)' : turn.reply}${notes(turn)}`);
  }
  lines.push('', `word error rate ${percent(result.wer)}, p50 of total ${whole(result.e2e_p50_ms)} ms`);
  lines.push(`phases ${result.phases.join(' -> ')}; ${ended(result)}`);
  const { summary } = result;
  if (summary !== null) {
    lines.push('', summary.text, ...summary.takeaways.map((one) => `  takeaway: ${one}`));
    lines.push(
      ...summary.action_items.map(({ title, due }) => `  to do: ${title}${due === undefined ? '' : ` (${due})`}`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function ended({ end_reason }: TalkResult): string {
  return end_reason === null ? 'the script was over before the session' : `ended: ${end_reason}`;
}

function notes({ cut_ms, gaps_ms }: Turn): string {
  const cut = cut_ms === null ? '' : ` [cut after ${(cut_ms / 1000).toFixed(1)} s]`;
  return gaps_ms === 0 ? cut : `${cut} [${gaps_ms} ms of holes]`;
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(0)} %`;
}

function whole(value: number | null | undefined): string {
  return typeof value === 'number' ? String(Math.round(value)) : '-';
}
