/** What a client may do to items, and how typed words come in. */
import { recogniseCrisis } from '../coach/safety.ts';
import { stopReply } from './connection.ts';
import type { Draft } from './draft.ts';
import { quiet } from './quiet.ts';
import { say } from './say.ts';
import { forget, interrupt, truncated } from './settle.ts';
import type { SessionInput } from './state.ts';
import { addUserItem, respond, storeAdded } from './turns.ts';
import { itemView, replyItem } from './wire.ts';

type Of<T extends SessionInput['type']> = Extract<SessionInput, { type: T }>;

export function itemCreate(d: Draft, input: Of<'item_create'>): void {
  const id = input.item_id ?? d.ctx.id('item');
  const known = d.state.turns.find((turn) => turn.id === id);
  if (known !== undefined) {
    // Sent again (FAULTS row 6): it is stored, and that is what the client wants to hear.
    d.send({ type: 'conversation.item.done', previous_item_id: null, item: itemView(known) });
    return;
  }
  d.disarm('idle');
  if (d.record.phase !== 'closing') interrupt(d, { reason: 'client_cancelled' });
  storeAdded(d, [addUserItem(d, id, input.text, null)]);
  quiet(d);
}

export function itemRetrieve(d: Draft, input: Of<'item_retrieve'>): void {
  const { reply } = d.state;
  const item = d.state.turns.find((turn) => turn.id === input.item_id);
  if (item !== undefined) d.send({ type: 'conversation.item.retrieved', item: itemView(item) });
  else if (reply?.item_id === input.item_id) {
    const view = replyItem(reply, 'in_progress', d.ctx.reply?.heard_text ?? '');
    d.send({ type: 'conversation.item.retrieved', item: view });
  } else unknownItem(d, input.event_id);
}

export function itemTruncate(d: Draft, input: Of<'item_truncate'>): void {
  const { item_id, audio_ms, heard_text, event_id } = input;
  const item = d.state.turns.find((turn) => turn.id === item_id);
  if (d.state.reply?.item_id === item_id) {
    stopReply(d, { reason: 'client_cancelled', at: { heard_ms: audio_ms, heard_text: heard_text ?? '' } });
  } else if (item === undefined) {
    unknownItem(d, event_id);
  } else if (item.role !== 'assistant') {
    d.error('invalid_value', 'item_id: only what the coach said can be truncated', 'item_id', event_id);
  } else {
    // Only ever shorter: what was cut before stays cut.
    if (heard_text !== null && heard_text !== '' && heard_text.length < item.text.length) {
      d.put({ ...item, text: heard_text, status: 'incomplete' });
      d.store();
    }
    truncated(d, item_id, audio_ms);
  }
}

export function itemDelete(d: Draft, input: Of<'item_delete'>): void {
  const speaking = d.state.reply?.item_id === input.item_id;
  if (speaking) stopReply(d, { reason: 'client_cancelled' });
  // Stopping it may have ended the session: what was said of the goodbye stays.
  if (d.state.ending !== null) return;
  if (d.state.turns.some((turn) => turn.id === input.item_id)) forget(d, input.item_id);
  else if (!speaking) unknownItem(d, input.event_id);
}

/** `response.create`: the coach takes up what is unanswered; with nothing new it goes on where it was. */
export function responseCreate(d: Draft): void {
  if (d.state.transcribing.length > 0) {
    d.state.respond_when_heard = true;
  } else if (d.state.unanswered.length > 0) {
    respond(d, []);
  } else if (d.state.reply !== null) {
    d.error('conversation_already_has_active_response', 'a reply is under way', null, null);
  } else if (d.state.turns.length === 0) {
    d.record.greeting_due = false;
    d.store();
    say(d, 'greeting');
  } else if (d.record.phase === 'coaching') {
    say(d, d.record.safety_turns > 0 ? 'safety' : 'continue');
  } else {
    d.error('nothing_to_answer', 'there is no user item that was not answered', null, null);
  }
}

/** REST: one full turn. */
export function message(d: Draft, text: string): void {
  d.disarm('idle');
  // Nothing talks over the goodbye but a crisis (W10).
  if (d.record.phase !== 'closing' || recogniseCrisis(text) !== null) interrupt(d, { reason: 'client_cancelled' });
  const added = addUserItem(d, d.ctx.id('item'), text, null);
  d.effects.push({ do: 'took', item_id: added.item.id, text });
  if (respond(d, [added])) return;
  const why = 'the session is saying goodbye; nothing more is answered';
  d.effects.push({ do: 'refuse', code: 'session_closing', message: why, status: 409, retryable: false });
}

function unknownItem(d: Draft, event_id: string | null): void {
  d.error('item_not_found', 'item_id: there is no such item', 'item_id', event_id);
}
