/**
 * The phase machine of a session's end: PROTOCOL.md section 3, rules W1 to W13. Pure: the state goes in, the state to
 * store (W13: before the reply is spoken) and the kind of reply come out.
 */
import type { EndReason, Phase, WrapUpRecord } from '../store/types.ts';

export interface WrapUpState {
  phase: Phase;
  wrap_up: WrapUpRecord;
  /** User turns for which the safety reply still stays in force (W10). Above 0 only in `coaching` (or `ended`). */
  safety_turns: number;
  /** Set from `closing` on: what the session will have ended by, or has. */
  end_reason: EndReason | null;
}

export type Meaning = 'end_request' | 'yes' | 'no' | 'unclear' | 'new_topic' | 'ordinary' | 'crisis';
export type Limit = 'time_limit' | 'message_limit';

export type WrapUpInput =
  | { kind: 'user_turn'; meaning: Meaning }
  /** The `coach.wrap_up.*` events: as saying so, without a user item. */
  | { kind: 'button'; button: 'request' | 'confirm' | 'decline' }
  /** 80 % of a limit. May be given at every turn boundary from there on: the machine offers once. */
  | { kind: 'limit_near'; limit: Limit }
  /** 100 %. The caller makes sure that nobody is mid-sentence, and gives it again while the phase is not `closing`. */
  | { kind: 'limit_reached'; limit: Limit }
  /** The idle time passed. `nudged`: a nudge was spoken since the user's last sign of life. */
  | { kind: 'silence'; nudged: boolean }
  | { kind: 'goodbye_heard' }
  | { kind: 'force_end' }
  | { kind: 'failure' };

export type ReplyKind =
  | 'coach'
  | 'continue'
  | 'new_topic'
  | 'ask'
  | 'ask_again'
  | 'limit_offer'
  | 'close'
  | 'safety'
  | 'nudge';

export interface WrapUpOutcome {
  state: WrapUpState;
  /** What to say now; null: nothing. */
  reply: ReplyKind | null;
  /** Set exactly when this input ended the session. */
  ended: EndReason | null;
  /** Short code, fit for `coach.phase.changed`. */
  reason: string;
}

/** User turns after a decline in which the server offers no end (W3). */
const QUIET_TURNS = 4;
/** User turns after the one with the crisis that are answered by the safety reply too (W10). */
export const SAFETY_TURNS = 3;
/** Confirmation questions in a row, at most (W4, W12). */
export const MAX_QUESTIONS = 2;

export const initialWrapUp: WrapUpState = {
  phase: 'coaching',
  wrap_up: {
    requested_by: null,
    prompts: 0,
    declined_at: null,
    in_a_row: 0,
    turns_since_decline: null,
    limits_offered: [],
  },
  safety_turns: 0,
  end_reason: null,
};

const QUESTIONS: ReadonlySet<string> = new Set<ReplyKind>(['ask', 'ask_again', 'limit_offer']);

/** A reply that asks whether to end. */
export function isQuestion(kind: string): boolean {
  return QUESTIONS.has(kind);
}

/** One step. `state` is not changed. `now`: milliseconds since the epoch. */
export function wrapUp(state: WrapUpState, input: WrapUpInput, now: number): WrapUpOutcome {
  if (state.phase === 'ended') return stay(state, 'ended'); // W11
  switch (input.kind) {
    case 'force_end':
      return end(state, 'forced'); // W7
    case 'failure':
      return end(state, 'error');
    case 'goodbye_heard':
      if (state.phase !== 'closing') return stay(state, 'unchanged');
      return end(state, state.end_reason ?? 'user_confirmed', 'goodbye_heard'); // W2
    case 'silence':
      if (state.phase === 'closing') return stay(state, 'unchanged'); // the goodbye's own timer ends it
      return input.nudged ? end(state, 'idle') : { ...stay(state, 'nudge'), reply: 'nudge' }; // W9
    case 'limit_near':
      return limitNear(state, input.limit);
    case 'limit_reached':
      return limitReached(state, input.limit);
    case 'button':
      return button(state, input.button, now);
    case 'user_turn':
      return userTurn(countTurn(state), input.meaning, now);
  }
}

function userTurn(state: WrapUpState, meaning: Meaning, now: number): WrapUpOutcome {
  if (meaning === 'crisis') {
    const safe = withRecord(
      { ...state, phase: 'coaching', safety_turns: SAFETY_TURNS, end_reason: null },
      { in_a_row: 0 },
    );
    return { state: safe, reply: 'safety', ended: null, reason: 'safety' }; // W10: before every phase
  }
  if (state.phase === 'closing') return stay(state, 'unchanged'); // W6; nothing talks over the goodbye
  if (state.safety_turns > 0) {
    // W10: stays in force through "I'm fine" and "bye"; no question rides on it
    return { ...stay({ ...state, safety_turns: state.safety_turns - 1 }, 'safety'), reply: 'safety' };
  }
  if (state.phase === 'confirming') return answer(state, meaning, now);
  const settled = withRecord(state, { in_a_row: 0 });
  if (meaning === 'end_request') return ask(settled, 'ask', 'user', 'user_request'); // W1
  return { ...stay(settled, 'ordinary'), reply: 'coach' }; // W6: yes and no are ordinary here
}

function answer(state: WrapUpState, meaning: Exclude<Meaning, 'crisis'>, now: number): WrapUpOutcome {
  switch (meaning) {
    case 'yes':
    case 'end_request': // W5
      return close(state, 'user_confirmed', 'confirmed'); // W2
    case 'no':
      return decline(state, now); // W3
    case 'unclear':
      if (state.wrap_up.in_a_row < MAX_QUESTIONS) return ask(state, 'ask_again', null, 'unclear'); // W4
      return back(state, 'continue', 'unclear_twice'); // W4, W12
    case 'new_topic':
    case 'ordinary':
      return back(state, 'new_topic', 'new_topic'); // W4
  }
}

function button(state: WrapUpState, pressed: 'request' | 'confirm' | 'decline', now: number): WrapUpOutcome {
  if (state.phase === 'confirming') {
    return pressed === 'decline' ? decline(state, now) : close(state, 'user_confirmed', 'confirmed'); // W2, W3, W5
  }
  if (state.phase !== 'coaching' || pressed !== 'request') return stay(state, 'unchanged'); // W6
  if (state.safety_turns > 0) return { ...stay(state, 'safety'), reply: 'safety' }; // W10; force_end is the way out
  return ask(state, 'ask', 'client', 'user_request'); // W1
}

function limitNear(state: WrapUpState, limit: Limit): WrapUpOutcome {
  const { limits_offered, turns_since_decline, in_a_row } = state.wrap_up;
  const offered = limits_offered.includes(limit);
  // More than QUIET_TURNS, because the turn that is about to be answered is counted already.
  const quiet = turns_since_decline !== null && turns_since_decline <= QUIET_TURNS; // W3
  const waiting = state.safety_turns > 0 || in_a_row > 0; // W10; W12: not on the reply that settles a question
  if (state.phase !== 'coaching' || offered || quiet || waiting) return stay(state, 'unchanged');
  const marked = withRecord(state, { limits_offered: [...limits_offered, limit].sort() });
  return ask(marked, 'limit_offer', limit, limit); // W8
}

function limitReached(state: WrapUpState, limit: Limit): WrapUpOutcome {
  // W10: a person in a crisis is not sent away; the caller asks again at the next turn boundary.
  if (state.phase === 'closing' || state.safety_turns > 0) return stay(state, 'unchanged');
  return close(withRecord(state, { requested_by: limit }), limit, limit); // W8
}

function ask(
  state: WrapUpState,
  reply: 'ask' | 'ask_again' | 'limit_offer',
  by: WrapUpRecord['requested_by'],
  reason: string,
): WrapUpOutcome {
  const { prompts, in_a_row, requested_by } = state.wrap_up;
  const record = {
    requested_by: by ?? requested_by,
    prompts: prompts + 1,
    in_a_row: reply === 'ask_again' ? in_a_row + 1 : 1,
  };
  return { state: withRecord({ ...state, phase: 'confirming' }, record), reply, ended: null, reason };
}

function decline(state: WrapUpState, now: number): WrapUpOutcome {
  return back(withRecord(state, { declined_at: now, turns_since_decline: 0, in_a_row: 0 }), 'continue', 'declined');
}

/** But for a decline, `in_a_row` stays until the user's next turn, so that no offer rides on this very reply. */
function back(state: WrapUpState, reply: 'continue' | 'new_topic', reason: string): WrapUpOutcome {
  return { state: { ...state, phase: 'coaching' }, reply, ended: null, reason };
}

function close(state: WrapUpState, why: EndReason, reason: string): WrapUpOutcome {
  const closing = withRecord({ ...state, phase: 'closing', end_reason: why }, { in_a_row: 0 });
  return { state: closing, reply: 'close', ended: null, reason };
}

function end(state: WrapUpState, why: EndReason, reason: string = why): WrapUpOutcome {
  return { state: { ...state, phase: 'ended', end_reason: why }, reply: null, ended: why, reason };
}

function stay(state: WrapUpState, reason: string): WrapUpOutcome {
  return { state, reply: null, ended: null, reason };
}

/** Counts up to where it stops mattering, so that the machine's states stay finite. */
function countTurn(state: WrapUpState): WrapUpState {
  const turns = state.wrap_up.turns_since_decline;
  if (turns === null || turns > QUIET_TURNS) return state;
  return withRecord(state, { turns_since_decline: turns + 1 });
}

function withRecord(state: WrapUpState, change: Partial<WrapUpRecord>): WrapUpState {
  return { ...state, wrap_up: { ...state.wrap_up, ...change } };
}
