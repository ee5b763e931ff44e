import type { ServerEventBody } from '../../protocol/index.ts';
import type { ItemRecord, SessionRecord } from '../store/types.ts';
import type { Context, Effect, SessionState, TimerName } from './state.ts';
import { type WrapUpInput, type WrapUpOutcome, wrapUp } from './wrap-up.ts';

/** One transition at work: a copy of the state to change, and the effects so far. The state it began from stays as it was. */
export class Draft {
  readonly state: SessionState;
  readonly effects: Effect[] = [];
  readonly ctx: Context;
  #changed = new Map<string, ItemRecord>();
  #dropped = new Set<string>();

  constructor(state: SessionState, ctx: Context) {
    this.state = { ...state, record: { ...state.record } };
    this.ctx = ctx;
  }

  get record(): SessionRecord {
    return this.state.record;
  }

  send(event: ServerEventBody): void {
    // Nobody attached: nothing to tell. Stored state is what a later connection starts from.
    if (this.state.dialect !== null) this.effects.push({ do: 'send', event });
  }

  error(code: string, message: string, param: string | null, event_id: string | null): void {
    this.send({ type: 'error', error: { type: 'invalid_request_error', code, message, param, event_id } });
  }

  /** Writes the record as it is now and every item that changed; what is sent from here on waits for it. */
  store(): void {
    const put = [...this.#changed.values()];
    this.effects.push({ do: 'store', record: { ...this.record }, put, remove: [...this.#dropped] });
    this.#changed.clear();
    this.#dropped.clear();
  }

  arm(timer: TimerName, ms: number): void {
    this.effects.push({ do: 'arm', timer, ms });
  }

  disarm(...timers: TimerName[]): void {
    for (const timer of timers) this.effects.push({ do: 'disarm', timer });
  }

  /** Lets the phase machine take a step. The caller stores and announces what came of it. */
  wrapUp(input: WrapUpInput): WrapUpOutcome {
    const { phase, wrap_up, safety_turns, end_reason } = this.record;
    const outcome = wrapUp({ phase, wrap_up, safety_turns, end_reason }, input, this.ctx.now);
    // `ended` becomes true only once the summary is there: until then the phase stays what it was.
    const { phase: next, ...rest } = outcome.state;
    Object.assign(this.record, rest);
    if (outcome.ended === null) this.record.phase = next;
    return outcome;
  }

  /** Announces a phase that differs from `previous`. */
  phaseChanged(previous: SessionRecord['phase'], reason: string): void {
    if (this.record.phase === previous) return;
    this.send({ type: 'coach.phase.changed', phase: this.record.phase, previous, reason });
  }

  lastTurnId(): string | null {
    return this.state.turns.at(-1)?.id ?? null;
  }

  /** Adds or replaces an item of the transcript; the next `store` writes it. */
  put(item: ItemRecord): void {
    this.#changed.set(item.id, item);
    const at = this.state.turns.findIndex((turn) => turn.id === item.id);
    if (at === -1) {
      this.record.message_count += 1;
      const after = this.state.turns.findLastIndex((turn) => turn.position < item.position);
      this.state.turns = this.state.turns.toSpliced(after + 1, 0, item);
    } else {
      this.state.turns = this.state.turns.with(at, item);
    }
  }

  /** Takes an item out of the transcript; the next `store` removes it. False when there was none. */
  drop(id: string): boolean {
    if (!this.state.turns.some((turn) => turn.id === id)) return false;
    this.state.turns = this.state.turns.filter((turn) => turn.id !== id);
    this.record.message_count -= 1;
    this.#changed.delete(id);
    this.#dropped.add(id);
    return true;
  }

  position(): number {
    const position = this.state.next_position;
    this.state.next_position += 1;
    return position;
  }
}
