import type { ClientEvent } from '../../protocol/index.ts';
import { InvalidInput } from '../errors.ts';
import type { SessionInput } from './state.ts';

type Plain = Exclude<
  ClientEvent,
  { type: 'session.update' | 'input_audio_buffer.append' | 'input_audio_buffer.commit' | 'coach.playout' }
>;

/** A client's event as an input of the session. `heardAt`: the words of an item before a position. */
export function toInput(event: Plain, heardAt: (item_id: string, ms: number) => string | null): SessionInput {
  const event_id = event.event_id ?? null;
  switch (event.type) {
    case 'input_audio_buffer.clear':
      return { type: 'clear' };
    case 'conversation.item.create':
      return { type: 'item_create', item_id: event.item.id ?? null, text: textOf(event.item.content), event_id };
    case 'conversation.item.retrieve':
      return { type: 'item_retrieve', item_id: event.item_id, event_id };
    case 'conversation.item.truncate': {
      const { item_id, audio_end_ms: audio_ms } = event;
      return { type: 'item_truncate', item_id, audio_ms, heard_text: heardAt(item_id, audio_ms), event_id };
    }
    case 'conversation.item.delete':
      return { type: 'item_delete', item_id: event.item_id, event_id };
    case 'response.create':
      return { type: 'respond' };
    case 'response.cancel':
      return { type: 'cancel', response_id: event.response_id ?? null };
    case 'coach.wrap_up.request':
      return { type: 'button', button: 'request' };
    case 'coach.wrap_up.confirm':
      return { type: 'button', button: 'confirm' };
    case 'coach.wrap_up.decline':
      return { type: 'button', button: 'decline' };
  }
}

type Content = Extract<ClientEvent, { type: 'conversation.item.create' }>['item']['content'];

function textOf(content: Content): string {
  const texts = content.map((part, i) => {
    if (part.type === 'input_text') return part.text;
    if (part.transcript) return part.transcript;
    const what = 'audio comes through input_audio_buffer.append, or as an upload to POST …/messages';
    throw new InvalidInput(what, `item.content[${i}].type`, 'unsupported_content');
  });
  const text = texts.join(' ').trim();
  if (text === '') throw new InvalidInput('there are no words in it', 'item.content[0].text');
  return text;
}
