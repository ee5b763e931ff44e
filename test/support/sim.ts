import type { ReplySnapshot } from '../../src/conversation/reply.ts';
import {
  defaultSettings,
  type Effect,
  loadState,
  type ReplyState,
  type SessionInput,
  type SessionState,
  type TimerName,
} from '../../src/session/state.ts';
import { transition } from '../../src/session/transition.ts';
import { initialWrapUp } from '../../src/session/wrap-up.ts';
import type { SessionRecord } from '../../src/store/types.ts';

/** A session record as `POST /api/sessions` makes it. */
export function newRecord(change: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: 'sess_sim',
    owner: null,
    status: 'active',
    ...initialWrapUp,
    model: 'gpt41mini_hyper2',
    voice: 'slt',
    language: 'en-US',
    goal: null,
    greeting_due: false,
    created_at: Date.UTC(2026, 0, 1),
    ended_at: null,
    max_duration_seconds: 1800,
    max_messages: 200,
    message_count: 0,
    user_turns: 0,
    summary: null,
    reply_due: false,
    ...change,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/**
 * Drives the pure transition by hand. States are frozen, so a transition that changed its input would throw. The world
 * outside (engines, store, clock) is what the test says it is.
 */
export class Sim {
  state: SessionState;
  now = Date.UTC(2026, 0, 1);
  /** How far the reply under way has come. */
  reply: ReplySnapshot | null = null;
  readonly effects: Effect[] = [];
  readonly timers = new Map<TimerName, number>();
  #ids = 0;

  constructor(change: Partial<SessionRecord> = {}) {
    this.state = deepFreeze(loadState(newRecord(change), []));
  }

  /** One input; returns the effects it had. */
  do(input: SessionInput): Effect[] {
    const { state, effects } = transition(this.state, input, {
      now: this.now,
      id: (prefix) => {
        this.#ids += 1;
        return `${prefix}_${this.#ids}`;
      },
      reply: this.reply,
      silence_ms: 0,
      idle_ms: 120_000,
    });
    this.state = deepFreeze(state);
    for (const effect of effects) {
      if (effect.do === 'arm') this.timers.set(effect.timer, effect.ms);
      if (effect.do === 'disarm') this.timers.delete(effect.timer);
      if (effect.do === 'speak') this.reply = { text: '', heard_text: '', heard_ms: 0, sent_ms: 0, unheard_ms: 0 };
      if (effect.do === 'cancel_reply') this.reply = null;
    }
    this.effects.push(...effects);
    return effects;
  }

  attach(): Effect[] {
    return this.do({ type: 'attached', dialect: 'kuku.v1', settings: defaultSettings });
  }

  fire(name: TimerName): Effect[] {
    this.timers.delete(name);
    return this.do({ type: 'timer', name });
  }

  /** The user says something, to its final transcript. */
  hear(text: string): Effect[] {
    const before = this.effects.length;
    this.do({ type: 'speech_started', at_ms: 1000, manual: false });
    this.do({ type: 'speech_ended', at_ms: 2000 });
    const item_id = this.state.transcribing.at(-1)?.item_id ?? '';
    this.do({ type: 'transcript', item_id, text, speech_ms: 1000 });
    return this.effects.slice(before);
  }

  /** The reply under way is written, sent and heard to its end. */
  finishReply(text = 'All of what the coach had to say.'): Effect[] {
    const before = this.effects.length;
    this.say(text);
    if (this.state.reply !== null) this.fire('heard');
    return this.effects.slice(before);
  }

  /** The reply under way is written and sent, and not yet heard to its end. */
  say(text = 'All of what the coach had to say.'): void {
    const { reply } = this.state;
    if (reply === null) throw new Error('no reply is under way');
    this.do({ type: 'reply_text_done', response_id: reply.response_id, text });
    this.reply = { text, heard_text: text, heard_ms: 1400, sent_ms: 2000, unheard_ms: 600 };
    this.do({ type: 'reply_sent', response_id: reply.response_id });
  }

  summary(): Effect[] {
    return this.do({ type: 'summary', summary: { text: 'a summary', takeaways: [], action_items: [] } });
  }

  get current(): ReplyState {
    if (this.state.reply === null) throw new Error('no reply is under way');
    return this.state.reply;
  }
}
