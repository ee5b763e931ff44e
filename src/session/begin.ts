import type { Draft } from './draft.ts';
import type { ReplyState, SpokenKind } from './state.ts';
import { replyItem, responseView } from './wire.ts';

/** Begins a reply. `text`: said as it is; null: the coach (or, closing, the summary) words it. */
export function startReply(d: Draft, kind: SpokenKind, text: string | null): void {
  const reply: ReplyState = {
    response_id: d.ctx.id('resp'),
    item_id: d.ctx.id('item'),
    kind,
    position: d.position(),
    created_at: d.ctx.now,
    stage: 'active',
    paused: false,
    spoken: d.state.dialect !== null,
    text: null,
    put_off: 0,
  };
  d.state.reply = reply;
  d.disarm('idle');
  const { response_id, item_id } = reply;
  const part = { response_id, item_id, output_index: 0, content_index: 0 };
  d.send({ type: 'response.created', response: responseView(d.state, reply, 'in_progress', []) });
  const item = replyItem(reply, 'in_progress', null);
  d.send({ type: 'response.output_item.added', response_id, output_index: 0, item });
  d.send({ type: 'conversation.item.added', previous_item_id: d.lastTurnId(), item });
  d.send({ type: 'response.content_part.added', ...part, part: { type: 'audio', transcript: '' } });
  d.effects.push({ do: 'speak', reply, text });
}
