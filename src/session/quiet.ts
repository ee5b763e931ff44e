import type { Draft } from './draft.ts';
import { say } from './say.ts';
import { talking } from './state.ts';
import type { Limit } from './wrap-up.ts';

/** The share of a limit at which the coach offers to close (W8). */
export const NEAR_SHARE = 0.8;

/** Which limit the turn that is being answered brings near or up, its own reply counted (W8). */
export function limitDue(d: Draft): { limit: Limit; reached: boolean } | null {
  const { message_count, max_messages } = d.record;
  if (d.state.reached) return { limit: 'time_limit', reached: true };
  if (message_count + 1 >= max_messages) return { limit: 'message_limit', reached: true };
  if (d.state.near) return { limit: 'time_limit', reached: false };
  if (message_count + 1 >= max_messages * NEAR_SHARE) return { limit: 'message_limit', reached: false };
  return null;
}

/** Nobody speaks. What waited for this moment is done; else the idle time begins (W9). */
export function quiet(d: Draft): void {
  const { state } = d;
  if (state.reply !== null || talking(state) || state.transcribing.length > 0) return;
  if (state.ending !== null) return;
  // Only the time limit may speak up by itself; the message limit rides on the reply that brings it near.
  if (state.reached || state.near) {
    const previous = d.record.phase;
    const kind = state.reached ? ('limit_reached' as const) : ('limit_near' as const);
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
