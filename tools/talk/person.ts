import {
  isServerEvent,
  KukuClient,
  pcmSamples,
  type ReplyAudio,
  type ServerEvent,
  type Session,
  type StateChange,
  type WireError,
} from '../../protocol/index.ts';
import type { Clock } from '../../src/clock.ts';
import { reason, TalkError } from './errors.ts';
import { Floor } from './floor.ts';
import { Ledger, type Turn } from './ledger.ts';
import { Microphone } from './microphone.ts';
import type { Step } from './script.ts';
import { Speaker } from './speaker.ts';
import type { TalkEvent, TalkOptions, TalkResult } from './types.ts';
import { SPOKEN_RATE } from './voice.ts';
import { errorRate, median, wordErrors } from './word-errors.ts';

/** Between the end of a reply and the next line, ms. */
const THINK_MS = 600;
/** A goodbye, and the summary of the session, take no longer than this, ms. */
const GOODBYE_MS = 60_000;
const DEFAULT_MAX_SECONDS = 300;

/** A microphone, a loudspeaker, manners and a memory, behind one connection. */
export class Person {
  readonly ledger = new Ledger();
  readonly floor: Floor;
  readonly #options: TalkOptions;
  readonly #clock: Clock;
  readonly #client: KukuClient;
  readonly #speaker = new Speaker(SPOKEN_RATE);
  readonly #microphone: Microphone;
  readonly #errors: WireError[] = [];
  readonly #from: number;

  constructor(options: TalkOptions, sessionId: string, token: string, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#from = clock.mono();
    this.#client = new KukuClient({
      baseUrl: options.url,
      sessionId,
      token,
      now: () => clock.mono(),
      after: (ms, fn) => clock.after(ms, fn),
    });
    this.#microphone = new Microphone(clock, SPOKEN_RATE, (frame) => this.#client.sendAudio(frame));
    this.floor = new Floor({
      clock,
      ledger: this.ledger,
      speaker: this.#speaker,
      max_seconds: options.max_seconds ?? DEFAULT_MAX_SECONDS,
      signal: options.signal,
      onFailed: () => this.#microphone.stop(),
      onHeard: ({ item_id, audio_ms, done }) => this.#client.reportPlayout(item_id, audio_ms, done),
    });
    this.#client.on('*', (event) => {
      if (isServerEvent(event)) this.#event(event);
    });
    this.#client.on('state', (change) => this.#connection(change));
    this.#client.on('malformed', ({ message }) =>
      this.floor.fail(new TalkError(`the server is not understood: ${message}`)),
    );
    this.#client.onAudio((audio) => this.#audio(audio));
    this.#tell({ type: 'talk.started', session_id: sessionId, url: options.url });
  }

  async connect(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw new TalkError(`no session at ${this.#options.url}: ${reason(error)}`);
    }
    this.#microphone.start();
    this.floor.start(this.#options.greeting === true);
  }

  /** Says or types one line when its time has come; not at all once the session is over. */
  async say(step: Step, samples: Int16Array | null): Promise<void> {
    const { how, text, wait_s, interrupt_s } = step;
    if (interrupt_s === null) await this.floor.free(THINK_MS);
    else await this.floor.hearing(interrupt_s * 1000);
    if (wait_s > 0) await this.floor.wait(wait_s * 1000);
    if (this.floor.over) return;
    this.#begins(how, text);
    if (samples === null) this.#client.say(text);
    else await this.#microphone.say(samples);
    this.floor.answering();
  }

  /** Plays a recording, whatever the coach does meanwhile. */
  async play(samples: Int16Array): Promise<void> {
    await this.floor.free(THINK_MS);
    this.#begins('wav', null);
    await this.#microphone.say(samples);
    this.floor.answering();
  }

  /** Until the last reply was heard, and the session's end where it was on its way. */
  async hearTheEnd(): Promise<void> {
    await this.floor.free(THINK_MS);
    if (this.ledger.phase === 'closing') await this.floor.wait(GOODBYE_MS);
    await this.floor.silent();
  }

  /** Hangs up; nothing of it runs on. */
  leave(): void {
    this.#microphone.stop();
    this.floor.stop();
    this.#client.close();
  }

  result(session_id: string, session: Session | null): TalkResult {
    const { turns, greeting, phases, end_reason } = this.ledger;
    const spoken = turns.filter(({ how }) => how === 'spoken');
    const heard = turns.filter(({ how }) => how !== 'typed');
    return {
      session_id,
      greeting,
      turns,
      phases,
      end_reason,
      audio: { rate: SPOKEN_RATE, samples: this.#speaker.recording(this.#from, this.#clock.mono()) },
      summary: session?.summary ?? null,
      wer: errorRate(spoken.map((turn) => wordErrors(turn.said ?? '', turn.heard))),
      e2e_p50_ms: median(heard.flatMap(({ metrics }) => metrics?.e2e_latency_ms ?? [])),
      errors: this.#errors,
    };
  }

  #begins(how: Turn['how'], text: string | null): void {
    const over = this.#speaker.playing(this.#clock.mono());
    this.ledger.begin(how, text);
    this.#tell({ type: 'talk.says', how, text, over });
  }

  #event(event: ServerEvent): void {
    this.#tell({ type: 'talk.event', event });
    this.ledger.event(event);
    if (event.type === 'error') this.#errors.push(event.error);
    if (event.type === 'coach.session.ended') this.#microphone.stop();
    // Whoever is spoken over falls silent, and says how far they came.
    if (event.type === 'input_audio_buffer.speech_started') this.floor.silence();
    // An acknowledgement of the room's silence is no news.
    if (event.type !== 'coach.input.ack') this.floor.news();
  }

  #audio({ item_id, start_ms, payload, last }: ReplyAudio): void {
    const now = this.#clock.mono();
    const first = this.#speaker.startedAt(item_id) === null;
    this.#speaker.push(item_id, start_ms ?? 0, pcmSamples(payload), last, now);
    const turn = this.ledger.turnOf(item_id);
    if (turn === null) return;
    turn.gaps_ms = Math.max(turn.gaps_ms, Math.round(this.#speaker.gapMs(item_id)));
    const ended = this.#microphone.voiceEndedAt;
    if (first && ended !== null && turn.how !== 'typed') turn.waited_ms = Math.round(now - ended);
    this.floor.news();
  }

  #connection(change: StateChange): void {
    this.#tell({ type: 'talk.connection', change });
    if (change.state !== 'closed' || this.ledger.end_reason !== null) return;
    const why = `${change.code ?? ''} ${change.reason ?? ''}`.trim();
    this.floor.fail(new TalkError(`the server hung up in the middle of the session: ${why}`));
  }

  #tell(event: WithoutTime<TalkEvent>): void {
    this.#options.onEvent?.({ at_ms: Math.round(this.#clock.mono() - this.#from), ...event });
  }
}

type WithoutTime<E> = E extends TalkEvent ? Omit<E, 'at_ms'> : never;
