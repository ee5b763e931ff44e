import type { Draft } from './draft.ts';
import { say } from './say.ts';
import { talking } from './state.ts';
import type { Limit } from './wrap-up.ts';

/** The share of a limit at which the coach offers to close (W8). */
export const NEAR_SHARE = 0.8;

/** A goodbye that nobody speaks any more is over after this, ms: from every state the end can be reached (W12). */
export const GOODBYE_GRACE_MS = 5_000;

interface Due {
  limit: Limit;
  reached: boolean;
}

/** Which limit is near or up, as of now; the message limit counts the reply that is about to be made. */
export function limitDue(d: Draft): Due | null {
  const { message_count, max_messages, wrap_up } = d.record;
  const time = timeShare(d);
  const messages = (message_count + 1) / max_messages;
  if (time >= 1) return { limit: 'time_limit', reached: true };
  if (messages >= 1) return { limit: 'message_limit', reached: true };
  const offered = (limit: Limit) => wrap_up.limits_offered.includes(limit);
  if (time >= NEAR_SHARE && !offered('time_limit')) return { limit: 'time_limit', reached: false };
  if (messages >= NEAR_SHARE && !offered('message_limit')) return { limit: 'message_limit', reached: false };
  return null;
}

function timeShare(d: Draft): number {
  return (d.ctx.now - d.record.created_at) / (d.record.max_duration_seconds * 1000);
}

/** Nobody speaks. What waited for this moment is done; else the idle time begins (W9). */
export function quiet(d: Draft): void {
  const { state } = d;
  if (state.reply !== null || talking(state) || state.transcribing.length > 0) return;
  if (state.ending !== null) return;
  if (d.record.phase === 'closing') {
    d.arm('heard', GOODBYE_GRACE_MS);
    return;
  }
  // Only the time limit may speak up by itself; the message limit rides on the reply that brings it near.
  const due = limitDue(d);
  if (due?.limit === 'time_limit') {
    const previous = d.record.phase;
    const kind = due.reached ? ('limit_reached' as const) : ('limit_near' as const);
    const outcome = d.wrapUp({ kind, limit: 'time_limit' });
    if (outcome.reply !== null) {
      d.store();
      d.phaseChanged(previous, outcome.reason);
      say(d, outcome.reply);
      return;
    }
  }
  if (state.dialect !== null) d.arm('idle', d.ctx.idle_ms);
}
