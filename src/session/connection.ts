/** A client comes, changes what it wants, goes; and what is taken up where it was left. */
import type { Draft } from './draft.ts';
import { finish } from './ending.ts';
import { goOn } from './hearing.ts';
import { GOODBYE_GRACE_MS, NEAR_SHARE, quiet } from './quiet.ts';
import { say } from './say.ts';
import { type Cut, interrupt } from './settle.ts';
import type { SessionInput } from './state.ts';
import { takeUp } from './turns.ts';
import { realtimeSession } from './wire.ts';
import { isQuestion, MAX_QUESTIONS } from './wrap-up.ts';

type Of<T extends SessionInput['type']> = Extract<SessionInput, { type: T }>;

export function attached(d: Draft, input: Of<'attached'>): void {
  const { record, state, ctx } = d;
  state.dialect = input.dialect;
  state.settings = input.settings;
  state.nudged = false;
  state.respond_due = false;
  d.disarm('heard');
  d.send({ type: 'session.created', session: realtimeSession(state, ctx.now, input.client_secret) });
  const left = record.created_at + record.max_duration_seconds * 1000 - ctx.now;
  const untilNear = left - (1 - NEAR_SHARE) * record.max_duration_seconds * 1000;
  d.arm('limit', Math.max(0, left));
  if (!record.wrap_up.limits_offered.includes('time_limit')) d.arm('near', Math.max(0, untilNear));
  if (state.reply !== null) return;
  if (record.greeting_due) {
    record.greeting_due = false;
    d.store();
    say(d, 'greeting');
  } else if (record.phase === 'closing') {
    say(d, 'close');
  } else if (record.reply_due && state.transcribing.length === 0) {
    // The user's words are stored and nobody answered them. Of a question that was begun nothing is due (W13).
    state.unanswered = [];
    if (record.phase === 'confirming') askUnheard(d);
    else say(d, record.safety_turns > 0 ? 'safety' : 'coach');
  } else {
    quiet(d);
  }
}

/** The question was decided, and nobody was there to hear it. It counts as one of the two that may follow each other (W12). */
function askUnheard(d: Draft): void {
  const { wrap_up } = d.record;
  d.record.reply_due = false;
  if (wrap_up.in_a_row < MAX_QUESTIONS) d.record.wrap_up = { ...wrap_up, in_a_row: wrap_up.in_a_row + 1 };
  d.store();
  if (wrap_up.in_a_row < MAX_QUESTIONS) say(d, 'ask');
  else takeUp(d);
}

/** The client is gone: nothing runs on for it. Words that were already taken are still transcribed and stored. */
export function detached(d: Draft): void {
  const { state } = d;
  d.disarm('idle', 'near', 'limit', 'interrupt');
  if (state.input.kind === 'speaking') d.effects.push({ do: 'forget_utterance', taken: false });
  state.input = { kind: 'quiet' };
  state.respond_when_heard = false;
  if (state.reply?.spoken === true) {
    const rest = d.ctx.reply?.unheard_ms ?? 0;
    // A question that nobody heard may still be asked.
    if (isQuestion(state.reply.kind) && (d.ctx.reply?.heard_text ?? '') === '') {
      d.record.reply_due = true;
      d.store();
    }
    interrupt(d, { reason: 'client_cancelled' });
    if (d.record.phase === 'closing') d.arm('heard', rest + GOODBYE_GRACE_MS);
  }
  state.dialect = null;
}

/** The client wants the reply to stop. A goodbye that it stops has been heard. */
export function stopReply(d: Draft, cut: Cut): void {
  const closing = d.state.reply?.kind === 'close';
  interrupt(d, cut);
  if (closing) finish(d, d.wrapUp({ kind: 'goodbye_heard' }));
  else takeUp(d);
}

export function configured(d: Draft, input: Of<'configure'>): void {
  const { state, record } = d;
  const turned = JSON.stringify(state.settings.turn_detection) !== JSON.stringify(input.settings.turn_detection);
  state.settings = input.settings;
  d.effects.push({ do: 'configure', settings: input.settings });
  if (turned && state.input.kind === 'speaking') {
    d.effects.push({ do: 'forget_utterance', taken: false });
    state.input = { kind: 'quiet' };
    goOn(d);
  }
  if (record.voice !== input.voice || record.language !== input.language) {
    record.voice = input.voice;
    record.language = input.language;
    d.store();
  }
  d.send({ type: 'session.updated', session: realtimeSession(state, d.ctx.now) });
}
