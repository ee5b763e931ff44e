/** The user's turn: their words become an item, the phase machine and the recognisers read them, a reply begins. */
import { readMeaning } from '../coach/intent.ts';
import { recogniseCrisis } from '../coach/safety.ts';
import type { ItemRecord } from '../store/types.ts';
import type { Draft } from './draft.ts';
import { limitDue, quiet } from './quiet.ts';
import { say } from './say.ts';
import { interrupt } from './settle.ts';
import { lastCoachText, talking } from './state.ts';
import { itemView, spokenItem } from './wire.ts';
import { isQuestion, type ReplyKind, type WrapUpOutcome } from './wrap-up.ts';

/** A user item that is in the transcript but not stored yet, and how the wire shows it. */
export interface Added {
  item: ItemRecord;
  spoken: boolean;
  previous: string | null;
}

/**
 * Announces a user item and puts it into the transcript. `speechMs`: its length where it was spoken, else null. The
 * caller stores it, with whatever else changes.
 */
export function addUserItem(d: Draft, id: string, text: string, speechMs: number | null): Added {
  const spoken = speechMs !== null;
  const previous = d.lastTurnId();
  const item: ItemRecord = {
    id,
    role: 'user',
    text,
    status: 'completed',
    position: d.position(),
    created_at: d.ctx.now,
  };
  if (speechMs !== null) {
    const at = { item_id: id, content_index: 0 };
    const name = 'conversation.item.input_audio_transcription';
    d.send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: previous });
    d.send({ type: 'conversation.item.added', previous_item_id: previous, item: spokenItem(id, null) });
    d.send({ type: `${name}.delta`, ...at, delta: text });
    d.send({
      type: `${name}.completed`,
      ...at,
      transcript: text,
      usage: { type: 'duration', seconds: speechMs / 1000 },
    });
  } else {
    d.send({ type: 'conversation.item.added', previous_item_id: previous, item: itemView(item) });
  }
  d.put(item);
  d.record.greeting_due = false;
  d.state.unanswered = [...d.state.unanswered, id];
  d.state.nudged = false;
  return { item, spoken, previous };
}

/** Stores what changed, and acknowledges these items: `conversation.item.done`. */
export function storeAdded(d: Draft, added: Added[]): void {
  d.store();
  for (const { item, spoken, previous } of added) {
    const view = spoken ? spokenItem(item.id, item.text) : itemView(item);
    d.send({ type: 'conversation.item.done', previous_item_id: previous, item: view });
  }
}

/** The words of every user item that no reply took up. */
function pendingText(d: Draft): string {
  const texts = d.state.turns.filter(({ id }) => d.state.unanswered.includes(id)).map(({ text }) => text);
  return texts.join(' ');
}

/**
 * Takes the pending words as one turn: reads them, steps the phase machine, stores phase and items in one write (W13)
 * and begins the reply. Returns whether a reply was begun.
 */
export function respond(d: Draft, added: Added[]): boolean {
  const reply = settleTurn(d, added, false);
  if (reply !== null) say(d, reply);
  else quiet(d);
  return reply !== null;
}

/**
 * All of a turn but its reply. `deferred`: nobody is there to hear one; what was said still counts, and the reply is due
 * when somebody is (W13: no yes is lost, and W10: no crisis).
 */
export function settleTurn(d: Draft, added: Added[], deferred: boolean): ReplyKind | null {
  const text = pendingText(d);
  const previous = d.record.phase;
  const crisis = recogniseCrisis(text) !== null;
  if (d.state.reply !== null && (crisis || previous !== 'closing')) interrupt(d, { reason: 'turn_detected' });
  const meaning = crisis
    ? 'crisis'
    : readMeaning(text, {
        phase: previous,
        lastCoachText: lastCoachText(d.state.turns),
        userTurns: d.record.user_turns,
      }).meaning;
  d.state.unanswered = [];
  d.state.respond_due = false;
  d.record.user_turns += 1;
  // A goodbye that a crisis took back is not to be said again.
  if (crisis) d.record.summary = null;
  const { reply, reason } = withLimits(d, d.wrapUp({ kind: 'user_turn', meaning }));
  // A question that is being asked is not asked again after a crash (W13).
  d.record.reply_due = reply !== null && (deferred || !isQuestion(reply));
  storeAdded(d, added);
  d.phaseChanged(previous, reason);
  return reply;
}

/** Answers what waits for a pause, now that there is one; else the idle time begins. */
export function takeUp(d: Draft): void {
  const { state } = d;
  const free = state.reply === null && !talking(state) && state.transcribing.length === 0 && state.ending === null;
  if (state.respond_due && free && state.dialect !== null) respond(d, []);
  else quiet(d);
}

/** W8: a limit that this reply brings near or up takes the reply's place, never that of a safety reply or a close. */
function withLimits(d: Draft, outcome: WrapUpOutcome): WrapUpOutcome {
  const due = limitDue(d);
  if (due === null || outcome.reply === null || outcome.reply === 'safety' || outcome.reply === 'close') return outcome;
  if (!due.reached && d.record.phase !== 'coaching') return outcome;
  const limited = d.wrapUp({ kind: due.reached ? 'limit_reached' : 'limit_near', limit: due.limit });
  return limited.reply === null ? outcome : limited;
}

/** A client pressed a button: as saying so, without a user item. */
export function pressed(d: Draft, button: 'request' | 'confirm' | 'decline'): void {
  const previous = d.record.phase;
  const outcome = d.wrapUp({ kind: 'button', button });
  if (outcome.reply === null) return;
  d.state.nudged = false;
  interrupt(d, { reason: 'client_cancelled' });
  d.record.reply_due = !isQuestion(outcome.reply);
  d.store();
  d.phaseChanged(previous, outcome.reason);
  say(d, outcome.reply);
}
