import { line } from '../coach/lines.ts';
import { recogniseCrisis, safetyReply } from '../coach/safety.ts';
import type { ItemRecord } from '../store/types.ts';
import { startReply } from './begin.ts';
import type { Draft } from './draft.ts';
import { type ReplyKind, SAFETY_TURNS } from './wrap-up.ts';

type LineKind = Parameters<typeof line>[0];

/** Says what the moment asks for. What decides about a person's safety or the end is worded here, never by a model. */
export function say(d: Draft, kind: ReplyKind | 'greeting'): void {
  switch (kind) {
    case 'coach':
    case 'continue':
    case 'new_topic':
    case 'close':
      return startReply(d, kind, null);
    case 'safety':
      return startReply(d, kind, safety(d));
    case 'ask':
    case 'ask_again':
    case 'limit_offer':
      return startReply(d, kind, worded(d, kind, d.record.wrap_up.prompts));
    case 'nudge':
    case 'greeting':
      return startReply(d, kind, worded(d, kind, d.record.message_count));
  }
}

export function apology(d: Draft): string {
  return worded(d, 'apology', d.record.message_count);
}

function worded(d: Draft, kind: LineKind, count: number): string {
  const { id, goal, wrap_up } = d.record;
  const limit = wrap_up.requested_by;
  const recent = d.state.turns.findLast((turn) => turn.role === 'user')?.text ?? null;
  return line(kind, {
    seed: id,
    count,
    goal,
    recent,
    ...(limit === 'time_limit' || limit === 'message_limit' ? { limit } : {}),
  });
}

/** The crisis that is in force: the last one the user spoke of. */
export function crisisOf(turns: ItemRecord[]): ReturnType<typeof recogniseCrisis> {
  for (const turn of turns.toReversed()) {
    const crisis = turn.role === 'user' ? recogniseCrisis(turn.text) : null;
    if (crisis !== null) return crisis;
  }
  return null;
}

function safety(d: Draft): string {
  const category = crisisOf(d.state.turns)?.category ?? 'self_harm';
  const reply = safetyReply(category, d.record.language, SAFETY_TURNS - d.record.safety_turns);
  d.send({ type: 'coach.safety', category, resources: resourcesOnTheWire(reply.resources) });
  return reply.text;
}

function resourcesOnTheWire(resources: { name: string; contact: string; region: string }[]) {
  return resources.map(({ name, contact, region: description }) =>
    contact.includes('.') ? { name, url: `https://${contact}`, description } : { name, phone: contact, description },
  );
}
