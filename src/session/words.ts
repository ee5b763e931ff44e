import type { Clock } from '../clock.ts';
import { buildPrompt, foldNotes } from '../coach/prompt.ts';
import { closingSpeech, extractSummary } from '../coach/summary.ts';
import type { ChatMessage, CoachProvider, CoachTask, SessionSummary } from '../providers/types.ts';
import type { ItemRecord } from '../store/types.ts';
import type { ReplyState, SessionState } from './state.ts';

/** The summary comes within this, or what the transcript itself yields takes its place (W7 allows 10 s), ms. */
const SUMMARY_MS = 8_000;
/** Before a spoken close the listener waits less long, ms. */
const SPOKEN_SUMMARY_MS = 3_000;

export interface WordsParts {
  clock: Clock;
  coach: CoachProvider;
}

function chat(turns: ItemRecord[]): ChatMessage[] {
  return turns.map(({ role, text }) => ({ role, content: text }));
}

async function* once(text: string): AsyncIterable<string> {
  yield text;
}

/** The text of a reply: given, or worded by the coach, or (the close) by the summary, which is handed to `onSummary`. */
export function wordsOf(
  parts: WordsParts,
  state: SessionState,
  reply: ReplyState,
  text: string | null,
  signal: AbortSignal,
  onSummary: (summary: SessionSummary) => void,
): AsyncIterable<string> {
  if (text !== null) return once(text);
  const { record } = state;
  const turns = chat(state.turns.filter((turn) => turn.position < reply.position));
  if (reply.kind === 'close') return close(parts, state, turns, signal, onSummary);
  const task: CoachTask = reply.kind === 'continue' || reply.kind === 'new_topic' ? reply.kind : 'coach';
  const { model, goal, language, user_turns } = record;
  const messages = buildPrompt({ goal, language, task, notes: foldNotes(turns), turns });
  return parts.coach.reply({ model, task, messages, user_turns, goal, language }, signal);
}

async function* close(
  parts: WordsParts,
  state: SessionState,
  turns: ChatMessage[],
  signal: AbortSignal,
  onSummary: (summary: SessionSummary) => void,
): AsyncIterable<string> {
  const { record } = state;
  const summary =
    record.summary ??
    (await summarise(parts, turns, record.model, signal, record.message_count > 0 ? SPOKEN_SUMMARY_MS : 0));
  if (signal.aborted) return;
  onSummary(summary);
  yield closingSpeech(summary, { seed: record.id, reason: record.end_reason ?? 'user_confirmed' });
}

/** The whole session in short. Never rejects: without a model (in time) it is drawn from the user's own words. */
export async function summarise(
  parts: WordsParts,
  turns: ChatMessage[],
  model: string,
  signal: AbortSignal,
  withinMs = SUMMARY_MS,
): Promise<SessionSummary> {
  if (turns.length === 0) return extractSummary([]);
  const late = new AbortController();
  const cancel = parts.clock.after(withinMs, () => late.abort(new Error('the summary took too long')));
  try {
    return await parts.coach.summarise(turns, model, AbortSignal.any([signal, late.signal]));
  } catch {
    return extractSummary(turns);
  } finally {
    cancel();
  }
}

export function summariseSession(parts: WordsParts, state: SessionState, signal: AbortSignal): Promise<SessionSummary> {
  return summarise(parts, chat(state.turns), state.record.model, signal);
}
