import { attached, configured, detached, stopReply } from './connection.ts';
import { Draft } from './draft.ts';
import { conclude, finish } from './ending.ts';
import {
  cleared,
  interruptionDue,
  partial,
  speechEnded,
  speechStarted,
  transcript,
  transcriptFailed,
} from './hearing.ts';
import { itemCreate, itemDelete, itemRetrieve, itemTruncate, message, responseCreate } from './items.ts';
import { quiet } from './quiet.ts';
import { replyFailed, replyHeard, replySent } from './replies.ts';
import { say } from './say.ts';
import { type Context, type Effect, type SessionInput, type SessionState, type TimerName, talking } from './state.ts';
import { pressed } from './turns.ts';

/**
 * One step of a session: pure and synchronous. Takes the state and one input, gives the next state and what is to be
 * done, in order. Inputs that come too late (for a reply that is gone, a session that ended) change nothing.
 */
export function transition(
  state: SessionState,
  input: SessionInput,
  ctx: Context,
): { state: SessionState; effects: Effect[] } {
  const d = new Draft(state, ctx);
  if (state.record.status === 'ended') {
    if (input.type === 'detached') d.state.dialect = null;
  } else if (state.ending !== null) {
    whileEnding(d, input);
  } else {
    step(d, input);
  }
  return { state: d.state, effects: d.effects };
}

/** W11: from here on nothing is added; only the summary is awaited. */
function whileEnding(d: Draft, input: SessionInput): void {
  if (input.type === 'summary') conclude(d, input.summary);
  else if (input.type === 'fault') conclude(d, null);
  else if (input.type === 'detached') d.state.dialect = null;
  else if (input.type === 'attached') d.state.dialect = input.dialect;
}

function step(d: Draft, input: SessionInput): void {
  switch (input.type) {
    case 'attached':
      return attached(d, input);
    case 'detached':
      return detached(d);
    case 'configure':
      return configured(d, input);
    case 'speech_started':
      return speechStarted(d, input);
    case 'speech_ended':
      return speechEnded(d, input);
    case 'partial':
      return partial(d, input.text);
    case 'transcript':
      return transcript(d, input);
    case 'transcript_failed':
      return transcriptFailed(d, input);
    case 'clear':
      return cleared(d);
    case 'commit_empty':
      return d.error('input_audio_buffer_commit_empty', 'there is no audio to commit', null, input.event_id);
    case 'item_create':
      return itemCreate(d, input);
    case 'item_retrieve':
      return itemRetrieve(d, input);
    case 'item_truncate':
      return itemTruncate(d, input);
    case 'item_delete':
      return itemDelete(d, input);
    case 'respond':
      return responseCreate(d);
    case 'cancel':
      return cancel(d, input.response_id);
    case 'button':
      return pressed(d, input.button);
    case 'message':
      return message(d, input.text);
    case 'end':
      return finish(d, d.wrapUp({ kind: 'force_end' }));
    case 'fault':
      finish(d, d.wrapUp({ kind: 'failure' }));
      return conclude(d, d.record.summary);
    case 'summary':
      d.record.summary = input.summary;
      return;
    case 'timer':
      return timer(d, input.name);
    case 'playout_done':
      if (d.state.reply?.item_id === input.item_id) replyHeard(d);
      return;
    case 'reply_text_done':
    case 'reply_sent':
    case 'reply_failed':
      // Late news of a reply that was cut is no news.
      if (d.state.reply?.response_id === input.response_id) fromReply(d, input);
  }
}

function fromReply(
  d: Draft,
  input: Extract<SessionInput, { type: 'reply_text_done' | 'reply_sent' | 'reply_failed' }>,
): void {
  const { reply } = d.state;
  if (reply === null) return;
  if (input.type === 'reply_sent') return replySent(d);
  if (input.type === 'reply_failed') return replyFailed(d, input.code, input.message);
  d.state.reply = { ...reply, text: input.text };
  if (reply.spoken) d.effects.push({ do: 'answer', item_id: reply.item_id, text: input.text });
}

/** A cancel that comes too late, or for another reply, is harmless. */
function cancel(d: Draft, response_id: string | null): void {
  const { reply } = d.state;
  if (reply === null || reply.stage !== 'active') return;
  if (response_id === null || response_id === reply.response_id) stopReply(d, { reason: 'client_cancelled' });
}

function timer(d: Draft, name: TimerName): void {
  switch (name) {
    case 'interrupt':
      return interruptionDue(d);
    case 'heard':
      if (d.state.reply !== null) return replyHeard(d);
      return finish(d, d.wrapUp({ kind: 'goodbye_heard' }));
    case 'near':
      return quiet(d);
    case 'limit':
      return timeUp(d);
    case 'idle':
      return idle(d);
  }
}

/** W8 at 100 % of the time. Where nobody is attached there is nobody to say goodbye to. */
function timeUp(d: Draft): void {
  if (d.state.dialect !== null) return quiet(d);
  if (d.state.reply !== null || d.state.transcribing.length > 0) return;
  // Whatever the phase, a crisis included: they left, and can come back to a new session.
  finish(d, { ended: d.record.phase === 'closing' ? (d.record.end_reason ?? 'time_limit') : 'time_limit' });
}

function idle(d: Draft): void {
  if (d.state.reply !== null || talking(d.state)) return;
  const outcome = d.wrapUp({ kind: 'silence', nudged: d.state.nudged });
  if (outcome.ended !== null) finish(d, outcome);
  else if (outcome.reply !== null) say(d, outcome.reply);
}
