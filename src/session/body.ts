import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { KukuError } from '../errors.ts';
import type { Insight } from '../insight/types.ts';
import type {
  CoachProvider,
  SpeechProvider,
  TranscriptionProvider,
  VoiceActivityProvider,
} from '../providers/types.ts';
import type { SessionStore } from '../store/types.ts';
import { Ears, type HeardTimings } from './ears.ts';
import { turnTimings } from './metrics.ts';
import { Mouth } from './mouth.ts';
import { Outbox } from './outbox.ts';
import type { Context, Effect, SessionInput, SessionState, Settings } from './state.ts';
import { Timers } from './timers.ts';
import { Waiters } from './waiters.ts';
import { sessionView } from './wire.ts';
import { summariseSession, wordsOf } from './words.ts';

/** What a session is served by: seams only. */
export interface SessionParts {
  clock: Clock;
  store: SessionStore;
  /** Null where there is no detector: clients then have to commit by hand. */
  voiceActivity: VoiceActivityProvider | null;
  transcription: TranscriptionProvider;
  coach: CoachProvider;
  speech: SpeechProvider;
  insight: Insight;
  /** Silence after which the coach asks whether somebody is there (W9), ms. */
  idle_ms: number;
}

export interface BodyEvents {
  input(input: SessionInput): void;
  /** A write was stored, or a call answered: there may be nothing left to do. */
  changed(): void;
  storeFailed(error: unknown): void;
}

/** The doing side of a session: it carries out what transitions ask for, and reports what comes of it as inputs. */
export class Body {
  readonly outbox: Outbox;
  readonly mouth: Mouth;
  readonly timers: Timers;
  readonly waiters = new Waiters();
  ears: Ears | null = null;
  #parts: SessionParts;
  #events: BodyEvents;
  #id: string;
  #epoch: number;
  #state: () => SessionState;
  #work = new AbortController();
  #stores = 0;
  #heard: HeardTimings | null = null;

  constructor(parts: SessionParts, id: string, epoch: number, state: () => SessionState, events: BodyEvents) {
    this.#parts = parts;
    this.#id = id;
    this.#epoch = epoch;
    this.#state = state;
    this.#events = events;
    this.outbox = new Outbox(epoch, events.storeFailed);
    this.mouth = new Mouth(parts, this.outbox, events.input);
    this.timers = new Timers(parts.clock, (name) => events.input({ type: 'timer', name }));
  }

  get busy(): boolean {
    return this.#stores > 0 || this.waiters.waiting || this.timers.armed > 0;
  }

  openEars(settings: Settings): void {
    this.ears = new Ears(this.#parts, settings, this.#state().record.language, {
      input: this.#events.input,
      queued: () => {
        const message = 'many people are speaking; your words are kept, and heard in a moment';
        this.outbox.event({ type: 'coach.notice', code: 'transcription_queued', message });
      },
      fault: (error) => this.#parts.insight.fault(this.#id, 'ears', error),
    });
  }

  closeEars(): void {
    const { ears } = this;
    this.ears = null;
    this.#anyway('ears', () => ears?.hangUp());
  }

  stop(): void {
    this.#work.abort();
    this.timers.clear();
    this.closeEars();
    this.#anyway('mouth', () => this.mouth.close());
    this.outbox.clear();
  }

  /** An engine that fails to close must not keep the rest from being closed (FAULTS row 29). */
  #anyway(where: string, close: () => void): void {
    try {
      close();
    } catch (error) {
      this.#parts.insight.fault(this.#id, where, error);
    }
  }

  /** What a transition may ask about the outside, now. */
  context(): Context {
    return {
      now: this.#parts.clock.now(),
      id: (prefix) => `${prefix}_${randomUUID().replaceAll('-', '')}`,
      reply: this.mouth.snapshot(),
      silence_ms: this.ears?.silenceMs ?? 0,
      idle_ms: this.#parts.idle_ms,
    };
  }

  perform(effect: Effect): void {
    switch (effect.do) {
      case 'send':
        return this.outbox.event(effect.event);
      case 'store':
        return this.#store(effect);
      case 'transcribe':
        return this.ears?.transcribe(effect.item_id);
      case 'forget_utterance':
        return this.ears?.forget(effect.taken);
      case 'configure':
        return this.ears?.configure(effect.settings);
      case 'speak':
        return this.#speak(effect);
      case 'pause':
        return this.mouth.pause();
      case 'resume':
        // An "mm-hm" was no turn.
        if (this.ears !== null) this.ears.timings = null;
        return this.mouth.resume();
      case 'cancel_reply':
        return this.mouth.cancel();
      case 'summarise':
        void summariseSession(this.#parts, this.#state(), this.#work.signal).then((summary) =>
          this.#events.input({ type: 'summary', summary }),
        );
        return;
      case 'arm':
        return this.timers.arm(effect.timer, effect.ms);
      case 'disarm':
        return this.timers.disarm(effect.timer);
      case 'metrics':
        return this.#metrics(effect.item_id);
      case 'took':
        return this.waiters.took(effect);
      case 'answer':
        this.waiters.answered(effect);
        return this.outbox.run(() => this.#answerTurn());
      case 'refuse':
        return this.outbox.run(() => this.waiters.failTurn(new KukuError(effect.message, effect)));
      case 'ended':
        return this.outbox.run(() => this.waiters.finish(this.#view()));
      case 'close': {
        const { connection } = this.outbox;
        return this.outbox.run(() => connection?.close(effect.code, effect.reason));
      }
    }
  }

  #view() {
    return sessionView(this.#state().record, this.#parts.clock.now());
  }

  /** A close over REST is answered once the session has ended, see `ended`. */
  #answerTurn(): void {
    if (this.#state().ending === null) this.waiters.resolveTurn(this.#view());
  }

  #store({ record: session, put, remove }: Extract<Effect, { do: 'store' }>): void {
    this.#stores += 1;
    const stored = this.#parts.store.commit(this.#id, { epoch: this.#epoch, session, put, remove });
    const counted = stored.finally(() => {
      this.#stores -= 1;
    });
    this.outbox.barrier(counted);
    this.outbox.run(this.#events.changed);
  }

  #speak({ reply, text }: Extract<Effect, { do: 'speak' }>): void {
    const state = this.#state();
    const { record, settings } = state;
    // The utterance that this reply answers; a typed turn has none.
    this.#heard = this.ears?.timings ?? null;
    if (this.ears !== null) this.ears.timings = null;
    this.mouth.speak(reply, settings, record.voice, record.language, (signal) =>
      wordsOf(this.#parts, state, reply, text, signal, (summary) => this.#events.input({ type: 'summary', summary })),
    );
  }

  #metrics(item_id: string): void {
    const reply = this.mouth.timings;
    if (reply === null) return;
    const timings = turnTimings(this.#heard, reply, this.mouth.firstAudio);
    this.#parts.insight.turn(this.#id, timings);
    const { llm_first_chunk_ms: _, ...shown } = timings;
    this.outbox.event({ type: 'coach.turn.metrics', item_id, ...shown });
  }
}
