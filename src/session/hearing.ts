/** The user's voice: where an utterance begins and ends, whether it interrupts, and what becomes of its words. */

import { recogniseCrisis } from '../coach/safety.ts';
import { isBackchannel } from '../conversation/backchannel.ts';
import { startReply } from './begin.ts';
import type { Draft } from './draft.ts';
import { quiet } from './quiet.ts';
import { awaitHearing } from './replies.ts';
import { apology } from './say.ts';
import { interrupt } from './settle.ts';
import { type SessionInput, talking, type Utterance } from './state.ts';
import { addUserItem, respond, settleTurn, storeAdded, takeUp } from './turns.ts';

/** A voice that goes on this long over the coach's is an interruption, whatever its words: ms. */
const INTERRUPTION_MS = 800;

/** A single word is believed when the voice has gone on this long, ms. */
const SURE_WORD_MS = 400;

/** A silence shorter than this is inside the speech, ms. */
const SHORT_SILENCE_MS = 150;

/** With less than this left to hear, a short "yeah" is an answer and no backchannel: ms. */
const NEARLY_OVER_MS = 1_500;

type Of<T extends SessionInput['type']> = Extract<SessionInput, { type: T }>;

export function speechStarted(d: Draft, input: Of<'speech_started'>): void {
  const { state } = d;
  // A goodbye is not cut off: what is said over it is listened to in silence, for a crisis (W10).
  const hidden = d.record.phase === 'closing';
  const item_id = d.ctx.id('item');
  state.input = { kind: 'speaking', item_id, hidden, manual: input.manual, began_at: d.ctx.now };
  state.nudged = false;
  d.disarm('idle');
  // With manual commits audio comes all the time: it is no sign that somebody speaks.
  if (input.manual) return quiet(d);
  if (hidden) return;
  d.send({ type: 'input_audio_buffer.speech_started', item_id, audio_start_ms: Math.round(input.at_ms) });
  if (state.reply === null || state.settings.turn_detection?.interrupt_response === false) return;
  state.reply = { ...state.reply, paused: true };
  d.effects.push({ do: 'pause' });
  d.disarm('heard');
  d.arm('interrupt', INTERRUPTION_MS);
}

export function speechEnded(d: Draft, input: Of<'speech_ended'>): void {
  const { state } = d;
  if (state.input.kind !== 'speaking') return;
  const { item_id, hidden, manual } = state.input;
  state.input = { kind: 'quiet' };
  state.transcribing = [...state.transcribing, { item_id, hidden, manual }];
  if (!hidden && !manual) {
    d.send({ type: 'input_audio_buffer.speech_stopped', item_id, audio_end_ms: Math.round(input.at_ms) });
  }
  d.effects.push({ do: 'transcribe', item_id });
}

/** Live words: shown, and over the coach's voice the sign that someone means to interrupt. */
export function partial(d: Draft, text: string): void {
  if (d.state.input.kind !== 'speaking' || d.state.input.hidden) return;
  d.send({ type: 'coach.input.partial', item_id: d.state.input.item_id, text });
  if (d.state.reply?.paused !== true || isBackchannel(text)) return;
  // One word a moment after the voice began is the recogniser's guess, and often wrong.
  const sure = text.includes(' ') || d.ctx.now - d.state.input.began_at >= SURE_WORD_MS;
  if (sure) interrupt(d, { reason: 'turn_detected' });
}

export function interruptionDue(d: Draft): void {
  if (d.state.reply?.paused !== true || d.state.input.kind !== 'speaking') return;
  if (d.ctx.silence_ms < SHORT_SILENCE_MS) interrupt(d, { reason: 'turn_detected' });
  else d.arm('interrupt', INTERRUPTION_MS);
}

export function transcript(d: Draft, input: Of<'transcript'>): void {
  const utterance = take(d, input.item_id);
  if (utterance === null) return;
  const { text } = input;
  if (text === '') return nothingSaid(d, utterance);
  const crisis = recogniseCrisis(text) !== null;
  if (!crisis && isMereSound(d, text)) return nothingSaid(d, utterance);
  // Nothing cuts the goodbye off but a crisis.
  const silent = !crisis && d.record.phase === 'closing';
  const { turn_detection } = d.state.settings;
  const patient =
    !crisis && !utterance.manual && turn_detection?.interrupt_response === false && d.state.reply !== null;
  if (!silent && !patient) interrupt(d, { reason: 'turn_detected' });
  const added = addUserItem(d, input.item_id, text, input.speech_ms);
  const mayAnswer = d.state.respond_when_heard || (!utterance.manual && turn_detection?.create_response !== false);
  if (silent || (!mayAnswer && !crisis)) {
    storeAdded(d, [added]);
    takeUp(d);
  } else if (d.state.dialect === null) {
    settleTurn(d, [added], true);
  } else if (patient || talking(d.state) || d.state.transcribing.length > 0) {
    // The user is already saying more, or lets the coach finish: they are answered then.
    d.state.respond_due = true;
    d.record.reply_due = true;
    storeAdded(d, [added]);
    if (patient) goOn(d);
  } else {
    d.state.respond_when_heard = false;
    respond(d, [added]);
  }
}

export function transcriptFailed(d: Draft, input: Of<'transcript_failed'>): void {
  const utterance = take(d, input.item_id);
  if (utterance === null) return;
  const { item_id, code, message } = input;
  d.state.respond_when_heard = false;
  if (utterance.hidden) return quiet(d);
  if (d.state.reply?.paused === true) interrupt(d, { reason: 'turn_detected' });
  d.send({
    type: 'conversation.item.input_audio_transcription.failed',
    item_id,
    content_index: 0,
    error: { type: 'server_error', code, message },
  });
  if (d.state.respond_due) takeUp(d);
  else if (d.state.reply === null && d.state.dialect !== null && !talking(d.state))
    startReply(d, 'apology', apology(d));
}

/** The client threw its audio away. */
export function cleared(d: Draft): void {
  d.effects.push({ do: 'forget_utterance', taken: false });
  d.state.input = { kind: 'quiet' };
  d.send({ type: 'input_audio_buffer.cleared' });
  goOn(d);
}

/** "Mm-hm" while the coach speaks: listening, not interrupting. In `confirming` every "yeah" is an answer. */
function isMereSound(d: Draft, text: string): boolean {
  if (d.state.reply === null || d.record.phase === 'confirming') return false;
  return isBackchannel(text) && (d.ctx.reply?.unheard_ms ?? 0) > NEARLY_OVER_MS;
}

/** Noise, a cough, a backchannel: no turn. The reply goes on from where it was heard. */
function nothingSaid(d: Draft, utterance: Utterance): void {
  if (!utterance.hidden) d.send({ type: 'input_audio_buffer.cleared' });
  if (utterance.manual && d.state.respond_when_heard) {
    d.state.respond_when_heard = false;
    d.error('no_speech', 'no words were heard in the committed audio', null, null);
  }
  if (!talking(d.state)) goOn(d);
}

/** What was paused goes on; what waited for a pause is taken up. */
export function goOn(d: Draft): void {
  const { reply } = d.state;
  if (reply?.paused !== true) return takeUp(d);
  d.state.reply = { ...reply, paused: false };
  d.disarm('interrupt');
  d.effects.push({ do: 'resume' });
  awaitHearing(d);
}

function take(d: Draft, item_id: string): Utterance | null {
  const utterance = d.state.transcribing.find((one) => one.item_id === item_id) ?? null;
  d.state.transcribing = d.state.transcribing.filter((one) => one.item_id !== item_id);
  return utterance;
}
