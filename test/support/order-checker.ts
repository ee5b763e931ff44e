import { type ServerEventBody, serverEvent } from '../../protocol/index.ts';
import type { Effect } from '../../src/session/state.ts';
import type { ItemRecord, Phase, SessionRecord } from '../../src/store/types.ts';

const QUESTIONS = new Set(['ask', 'ask_again', 'limit_offer']);

/** Phases that may follow one another (PROTOCOL.md section 3). */
const EDGES: Record<Phase, readonly Phase[]> = {
  coaching: ['confirming', 'closing', 'ended'],
  confirming: ['coaching', 'closing', 'ended'],
  closing: ['ended', 'coaching'],
  ended: [],
};

/** The steps of a reply on the wire, in order; deltas come between `content_part.added` and the first `done`. */
const REPLY_STEPS = [
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.done',
  'response.output_audio.done',
  'response.content_part.done',
  'response.output_item.done',
  'conversation.item.done',
  'response.done',
];

/**
 * Watches everything a session does and throws at the first break of the order of a turn or of a W rule. It knows
 * nothing of how the session works, only what PROTOCOL.md promises.
 */
export class OrderChecker {
  #events = 0;
  #response: { id: string; item: string; step: number } | null = null;
  #stored = new Map<string, ItemRecord>();
  #record: SessionRecord | null = null;
  #questionsInRow = 0;
  #ended = false;
  #userStep = new Map<string, string>();
  /** Replies begun, by kind. */
  readonly kinds: string[] = [];

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.do === 'send') this.#event(effect.event);
      else if (effect.do === 'store') this.#store(effect);
      else if (effect.do === 'speak') this.#speak(effect.reply.kind);
    }
  }

  #fail(rule: string, what: string): never {
    throw new Error(`${rule}: ${what}`);
  }

  #store({ record, put, remove }: Extract<Effect, { do: 'store' }>): void {
    if (this.#ended) this.#fail('W11', 'stored after the end');
    for (const item of put) this.#stored.set(item.id, item);
    for (const id of remove) this.#stored.delete(id);
    if (record.message_count !== this.#stored.size) {
      this.#fail('store', `message_count ${record.message_count}, items ${this.#stored.size}`);
    }
    this.#record = record;
  }

  #speak(kind: string): void {
    if (this.#ended) this.#fail('W11', 'spoke after the end');
    this.kinds.push(kind);
    this.#questionsInRow = QUESTIONS.has(kind) ? this.#questionsInRow + 1 : 0;
    if (this.#questionsInRow > 2) this.#fail('W12', 'a third question in a row');
    const stored = this.#record?.phase ?? 'coaching';
    if (QUESTIONS.has(kind) && stored !== 'confirming') this.#fail('W13', `${kind} before confirming was stored`);
    if (kind === 'close' && stored !== 'closing') this.#fail('W13', 'close before closing was stored');
    if (kind === 'safety' && stored !== 'coaching') this.#fail('W10', `safety reply stored in ${stored}`);
  }

  #event(event: ServerEventBody): void {
    this.#events += 1;
    const parsed = serverEvent.safeParse({ event_id: `evt_${this.#events}`, ...event });
    if (!parsed.success) this.#fail('schema', `${event.type}: ${parsed.error.message}`);
    if (this.#ended) this.#fail('W11', `${event.type} after coach.session.ended`);
    switch (event.type) {
      case 'coach.phase.changed':
        if (!EDGES[event.previous].includes(event.phase)) this.#fail('phases', `${event.previous} → ${event.phase}`);
        if (this.#record?.phase !== event.phase) this.#fail('W13', `${event.phase} told before it was stored`);
        return;
      case 'coach.session.ended':
        if (this.#record?.status !== 'ended') this.#fail('W11', 'the end was told before it was stored');
        if (this.#response !== null) this.#fail('order', 'ended inside a response');
        this.#ended = true;
        return;
      case 'input_audio_buffer.committed':
        return this.#user(event.item_id, undefined, 'committed');
      case 'conversation.item.input_audio_transcription.delta':
        return this.#user(event.item_id, 'added', 'added');
      case 'conversation.item.input_audio_transcription.completed':
        return this.#user(event.item_id, 'added', 'completed');
      case 'conversation.item.added':
        if (event.item.role === 'user') {
          const before = this.#userStep.get(event.item.id);
          return this.#user(event.item.id, before, before === 'committed' ? 'added' : 'completed');
        }
        // A reply made for REST before this client came: its item comes whole.
        if (event.item.status !== 'in_progress') return;
        return this.#step(event.type, event.item.id);
      case 'conversation.item.done':
        if (!this.#stored.has(event.item.id)) this.#fail('item.done', 'acknowledged before it was stored');
        if (event.item.role === 'assistant') {
          if (event.item.id === this.#response?.item) this.#step(event.type, event.item.id);
          return;
        }
        if (this.#userStep.get(event.item.id) === 'done') return;
        return this.#user(event.item.id, 'completed', 'done');
      case 'conversation.item.deleted':
        if (this.#stored.has(event.item_id)) this.#fail('store', 'deleted on the wire, kept in the store');
        if (this.#response?.item === event.item_id) this.#response.step = REPLY_STEPS.indexOf('conversation.item.done');
        return;
      case 'response.created':
        if (this.#response !== null) this.#fail('order', 'a second response before the first was done');
        this.#response = { id: event.response.id, item: '', step: 0 };
        return;
      case 'response.done':
        this.#step(event.type, this.#response?.item ?? '');
        this.#response = null;
        return;
      default:
        if ('response_id' in event && 'output_index' in event) {
          this.#step(event.type, 'item' in event ? event.item.id : event.item_id);
        }
    }
  }

  #user(id: string, before: string | undefined, after: string): void {
    const is = this.#userStep.get(id);
    if (is !== before)
      this.#fail('order', `user item ${after}, was ${is ?? 'unknown'}, should be ${before ?? 'unknown'}`);
    this.#userStep.set(id, after);
  }

  #step(type: string, item: string): void {
    const response = this.#response;
    if (response === null) return this.#fail('order', `${type} outside a response`);
    if (response.item === '') response.item = item;
    if (response.item !== item) this.#fail('order', `${type} of another item`);
    const step = REPLY_STEPS.indexOf(type);
    // Audio has no `done` where nobody listens; `item.done` is left out for a reply nobody heard.
    if (step <= response.step) this.#fail('order', `${type} after ${REPLY_STEPS[response.step] ?? ''}`);
    response.step = step;
  }
}
