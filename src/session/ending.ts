/** The end of a session: everything under way is given up, the summary is awaited, and then it is final (W7, W11). */
import type { SessionSummary } from '../providers/types.ts';
import type { Draft } from './draft.ts';
import { interrupt } from './settle.ts';
import { sessionView } from './wire.ts';
import type { WrapUpOutcome } from './wrap-up.ts';

/** Begins the end that `outcome` decided. Idempotent. */
export function finish(d: Draft, outcome: Pick<WrapUpOutcome, 'ended'>): void {
  if (outcome.ended === null || d.state.ending !== null) return;
  interrupt(d, { reason: 'client_cancelled' });
  d.effects.push({ do: 'forget_utterance', taken: true });
  d.state.input = { kind: 'quiet' };
  d.state.transcribing = [];
  d.state.unanswered = [];
  d.state.respond_due = false;
  d.disarm('idle', 'near', 'limit', 'heard', 'interrupt');
  d.state.ending = outcome.ended;
  if (d.record.summary !== null) conclude(d, d.record.summary);
  else d.effects.push({ do: 'summarise' });
}

/** The summary is there (or will not come): the session becomes final, is stored, and says goodbye. */
export function conclude(d: Draft, summary: SessionSummary | null): void {
  const reason = d.state.ending;
  if (reason === null || d.record.status === 'ended') return;
  const previous = d.record.phase;
  Object.assign(d.record, {
    status: 'ended',
    phase: 'ended',
    end_reason: reason,
    ended_at: d.ctx.now,
    summary,
    reply_due: false,
    safety_turns: 0,
  });
  d.store();
  d.phaseChanged(previous, reason);
  d.send({ type: 'coach.session.ended', reason, session: sessionView(d.record, d.ctx.now) });
  d.effects.push({ do: 'ended' });
  if (d.state.dialect === null) return;
  if (reason === 'error') d.effects.push({ do: 'close', code: 1011, reason: 'the session failed' });
  else d.effects.push({ do: 'close', code: 1000, reason: 'the session ended' });
}
