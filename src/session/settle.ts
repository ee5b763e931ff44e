/** How a reply ends in the transcript: whole, cut to what was heard, or gone. */
import type { RealtimeResponse } from '../../protocol/index.ts';
import type { Draft } from './draft.ts';
import type { ReplyState } from './state.ts';
import { replyItem, responseView } from './wire.ts';

/** What is left of a reply when this little is unheard counts as heard: a word's end, and the clocks' disagreement. */
const AS_GOOD_AS_HEARD_MS = 150;

export interface Cut {
  reason: 'turn_detected' | 'client_cancelled';
  /** Where the client says it stopped; else what the playout knows. */
  at?: { heard_ms: number; heard_text: string };
}

/** Stops the reply under way at what was heard: that is what the transcript, the prompt and the store keep. */
export function interrupt(d: Draft, cut: Cut): void {
  const reply = d.state.reply;
  if (reply === null) return;
  const now = d.ctx.reply;
  const heard_ms = cut.at?.heard_ms ?? now?.heard_ms ?? 0;
  const heard = cut.at?.heard_text ?? now?.heard_text ?? '';
  const whole = reply.stage === 'sent' && (now?.sent_ms ?? 0) - heard_ms <= AS_GOOD_AS_HEARD_MS;
  d.effects.push({ do: 'cancel_reply' });
  d.disarm('heard', 'interrupt');
  d.state.reply = null;
  if (whole) return;
  if (reply.stage === 'active') {
    settle(d, reply, heard, 'incomplete', { type: 'cancelled', reason: cut.reason });
  } else if (heard === '') {
    forget(d, reply.item_id);
  } else {
    const before = d.state.turns.find((turn) => turn.id === reply.item_id);
    if (before !== undefined) {
      d.put({ ...before, text: heard, status: 'incomplete' });
      d.store();
    }
  }
  if (heard !== '') truncated(d, reply.item_id, heard_ms);
}

export function truncated(d: Draft, item_id: string, audio_end_ms: number): void {
  d.send({ type: 'conversation.item.truncated', item_id, content_index: 0, audio_end_ms: Math.round(audio_end_ms) });
}

/** The closing events of an active reply, its item stored (or, unheard, gone), and `response.done`. */
export function settle(
  d: Draft,
  reply: ReplyState,
  text: string,
  status: 'completed' | 'incomplete',
  details: NonNullable<RealtimeResponse['status_details']>,
): void {
  const { response_id, item_id, spoken } = reply;
  const part = { response_id, item_id, output_index: 0, content_index: 0 };
  const item = replyItem(reply, status, text);
  if (spoken) {
    d.send({ type: 'response.output_audio_transcript.done', ...part, transcript: text });
    d.send({ type: 'response.output_audio.done', ...part });
    d.send({ type: 'response.content_part.done', ...part, part: { type: 'audio', transcript: text } });
    d.send({ type: 'response.output_item.done', response_id, output_index: 0, item });
  }
  if (text !== '') keep(d, reply, text, status);
  else if (spoken) d.send({ type: 'conversation.item.deleted', item_id });
  if (details.type !== 'failed') d.effects.push({ do: 'answer', item_id, text });
  if (!spoken) return;
  d.send({ type: 'response.done', response: responseView(d.state, reply, details.type, [item], details) });
  d.send({ type: 'rate_limits.updated', rate_limits: [messagesLeft(d)] });
  d.effects.push({ do: 'metrics', item_id });
}

/** What is left of the session's messages: its one limit that grows with use. It never resets. */
function messagesLeft({ record }: Draft) {
  const { max_messages: limit, message_count } = record;
  return { name: 'requests' as const, limit, remaining: Math.max(0, limit - message_count), reset_seconds: 0 };
}

/** The reply's words become an item of the transcript, and are acknowledged once they are stored. */
function keep(d: Draft, reply: ReplyState, text: string, status: 'completed' | 'incomplete'): void {
  const { item_id: id, position, created_at } = reply;
  const item = replyItem(reply, status, text);
  const previous = d.lastTurnId();
  // Whoever came while it was being written has not been told of it yet.
  if (!reply.spoken) d.send({ type: 'conversation.item.added', previous_item_id: previous, item });
  d.put({ id, role: 'assistant', text, status, position, created_at });
  if (reply.kind !== 'apology') d.record.reply_due = false;
  d.store();
  d.send({ type: 'conversation.item.done', previous_item_id: previous, item });
}

/** An item nobody heard, or that the client took back. */
export function forget(d: Draft, item_id: string): void {
  if (d.drop(item_id)) d.store();
  d.state.unanswered = d.state.unanswered.filter((id) => id !== item_id);
  d.send({ type: 'conversation.item.deleted', item_id });
}
