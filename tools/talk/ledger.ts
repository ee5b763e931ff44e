/** Who said what when, from the events of a session: its turns, and whether the coach has the floor. Pure. */
import type { EndReason, Phase, RealtimeItem, ServerEvent, ServerEventOf, Session } from '../../protocol/index.ts';
import type { Step } from './script.ts';
import { wordErrors } from './word-errors.ts';

export type TurnMetrics = Omit<ServerEventOf<'coach.turn.metrics'>, 'type' | 'event_id' | 'item_id'>;

export interface Turn {
  how: Step['how'] | 'wav';
  /** The line; null where a recording was played. */
  said: string | null;
  /** The transcript; several utterances are joined. Of a typed turn, the text. */
  heard: string;
  /** What the coach said to it and was heard; several replies are joined. */
  reply: string;
  /** Of the last reply. */
  metrics: TurnMetrics | null;
  phase_after: Phase;
  /** Word errors per word said; null where there is nothing to compare. */
  wer: number | null;
  /** The reply was cut at this position, ms; null: it was not. */
  cut_ms: number | null;
  /** What the person waited: from the end of their voice to the first sound of the reply in their ear, ms. */
  waited_ms: number | null;
  /** Holes in the reply's audio because it came late, ms. */
  gaps_ms: number;
}

interface Entry {
  turn: Turn;
  heard: Map<string, string>;
  replies: Map<string, string>;
}

export class Ledger {
  phase: Phase = 'coaching';
  end_reason: EndReason | null = null;
  session: Session | null = null;
  readonly phases: Phase[] = ['coaching'];
  readonly #entries: Entry[] = [];
  /** What came before the first line: a greeting. */
  readonly #opening: Entry;
  readonly #byItem = new Map<string, Entry>();
  #utterances: string[] = [];
  #active = new Set<string>();

  constructor() {
    this.#opening = this.#entry('spoken', null);
  }

  get turns(): Turn[] {
    return this.#entries.map(({ turn }) => turn);
  }
  get greeting(): string {
    return this.#opening.turn.reply;
  }
  /** Replies to the newest turn so far; before the first line, of the opening. */
  get replies(): string[] {
    return [...this.#last.replies.keys()];
  }
  /** Something was heard or is being answered: the person waits for more to come. */
  get busy(): boolean {
    return this.#utterances.length > 0 || this.#active.size > 0;
  }

  begin(how: Turn['how'], said: string | null): Turn {
    const entry = this.#entry(how, said);
    this.#entries.push(entry);
    return entry.turn;
  }

  /** The turn that this item (a user's or a coach's) belongs to. */
  turnOf(item_id: string): Turn | null {
    return this.#byItem.get(item_id)?.turn ?? null;
  }

  event(event: ServerEvent): void {
    switch (event.type) {
      case 'session.created':
        this.session = event.session.coach;
        this.#enter(event.session.coach.phase);
        break;
      case 'input_audio_buffer.speech_started':
        this.#utterances.push(event.item_id);
        this.#hears(event.item_id);
        break;
      case 'conversation.item.input_audio_transcription.completed':
        this.#utteranceEnded(event.item_id);
        this.#heard(event.item_id, event.transcript);
        break;
      case 'conversation.item.input_audio_transcription.failed':
        this.#utteranceEnded(event.item_id);
        break;
      case 'input_audio_buffer.cleared':
        // The words of utterances come in order, so this is the oldest one.
        this.#utterances.shift();
        break;
      case 'response.created':
        this.#active.add(event.response.id);
        break;
      case 'response.done':
        this.#active.delete(event.response.id);
        break;
      case 'response.output_item.added':
        this.#answers(event.item.id);
        break;
      case 'response.output_item.done':
        this.#replied(event.item.id, wordsOf(event.item));
        break;
      case 'conversation.item.done':
        if (event.item.role === 'user') this.#heard(event.item.id, wordsOf(event.item));
        break;
      case 'conversation.item.truncated':
        this.#cut(event.item_id, event.audio_end_ms);
        break;
      case 'conversation.item.deleted':
        this.#replied(event.item_id, '');
        break;
      case 'coach.turn.metrics':
        this.#measured(event);
        break;
      case 'coach.phase.changed':
        this.#enter(event.phase);
        break;
      case 'coach.session.ended':
        this.end_reason = event.reason;
        this.session = event.session;
        break;
      default:
    }
  }

  #enter(phase: Phase): void {
    if (this.phases.at(-1) !== phase) this.phases.push(phase);
    this.phase = phase;
    this.#last.turn.phase_after = phase;
  }

  /** A recording is cut into turns where a reply came in between. */
  #hears(item_id: string): Entry {
    const known = this.#byItem.get(item_id);
    if (known !== undefined) return known;
    if (this.#last.turn.how === 'wav' && this.#last.replies.size > 0) this.begin('wav', null);
    this.#byItem.set(item_id, this.#last);
    return this.#last;
  }

  #heard(item_id: string, text: string): void {
    const { heard, turn } = this.#hears(item_id);
    heard.set(item_id, text);
    turn.heard = joined(heard);
    if (turn.how !== 'spoken' || turn.said === null) return;
    const { errors, words } = wordErrors(turn.said, turn.heard);
    turn.wer = words === 0 ? null : errors / words;
  }

  #answers(item_id: string): void {
    this.#byItem.set(item_id, this.#last);
    this.#last.replies.set(item_id, '');
  }

  #replied(item_id: string, text: string): void {
    const entry = this.#byItem.get(item_id);
    if (entry?.replies.has(item_id) !== true) return;
    entry.replies.set(item_id, text);
    entry.turn.reply = joined(entry.replies);
  }

  #cut(item_id: string, at_ms: number): void {
    const entry = this.#byItem.get(item_id);
    if (entry !== undefined) entry.turn.cut_ms = at_ms;
  }

  #measured(event: ServerEventOf<'coach.turn.metrics'>): void {
    const { type: _type, event_id: _id, item_id, ...metrics } = event;
    const entry = this.#byItem.get(item_id);
    if (entry !== undefined) entry.turn.metrics = metrics;
  }

  #utteranceEnded(item_id: string): void {
    this.#utterances = this.#utterances.filter((one) => one !== item_id);
  }

  get #last(): Entry {
    return this.#entries.at(-1) ?? this.#opening;
  }

  #entry(how: Turn['how'], said: string | null): Entry {
    const turn: Turn = {
      how,
      said,
      heard: '',
      reply: '',
      metrics: null,
      phase_after: this.phase,
      wer: how === 'spoken' && said !== null ? 1 : null,
      cut_ms: null,
      waited_ms: null,
      gaps_ms: 0,
    };
    return { turn, heard: new Map(), replies: new Map() };
  }
}

function joined(parts: ReadonlyMap<string, string>): string {
  return [...parts.values()].filter((part) => part !== '').join(' ');
}

function wordsOf(item: RealtimeItem): string {
  const parts = item.content.map((part) => ('text' in part ? part.text : (part.transcript ?? '')));
  return parts.join(' ').trim();
}
