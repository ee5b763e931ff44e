/** One person in one session: speaks, listens, waits for the reply to be over, speaks again. */
import {
  createSession,
  DEFAULT_PCM_RATE,
  type EndReason,
  endSession,
  isServerEvent,
  KukuClient,
  type Phase,
  pcmSamples,
  type ReplyAudio,
  type ServerEvent,
  type Session,
  type StateChange,
  type WireError,
} from '../../protocol/index.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { TalkError } from './errors.ts';
import { Floor } from './floor.ts';
import { Ledger, type Turn } from './ledger.ts';
import { Microphone } from './microphone.ts';
import { parseScript, type Step } from './script.ts';
import { Speaker } from './speaker.ts';
import { resampled, speakLines } from './voice.ts';
import { errorRate, median, wordErrors } from './word-errors.ts';

export type { Turn } from './ledger.ts';

/** Samples a second, both ways. */
const RATE = DEFAULT_PCM_RATE;
/** Between the end of a reply and the next line, ms. */
const THINK_MS = 600;
/** A goodbye, and the summary of the session, take no longer than this, ms. */
const GOODBYE_MS = 60_000;
const DEFAULT_MAX_SECONDS = 300;

export interface TalkOptions {
  /** Where the server is, e.g. `http://127.0.0.1:3000`. */
  url: string;
  /** A user's access token; none: an anonymous session. */
  token?: string;
  /** The script (see script.ts), one line a turn; or `wav`. */
  lines?: readonly string[];
  /** A recording to play instead: mono, any rate. */
  wav?: { rate: number; samples: Int16Array };
  /** The embedded voice that speaks the lines: slt (default), rms or awb. */
  voice?: string;
  goal?: string;
  /** The coach speaks first. */
  greeting?: boolean;
  /** Gives up after this long, seconds. Default 300. */
  max_seconds?: number;
  /** Real time: the server's is. */
  clock?: Clock;
  signal?: AbortSignal;
  onEvent?(event: TalkEvent): void;
}

/** What happens, as it happens; `at_ms` since the session was there. */
export type TalkEvent = { at_ms: number } & (
  | { type: 'talk.started'; session_id: string; url: string }
  | { type: 'talk.says'; how: Turn['how']; text: string | null; over: boolean }
  | { type: 'talk.connection'; change: StateChange }
  | { type: 'talk.event'; event: ServerEvent }
);

export interface TalkResult {
  session_id: string;
  /** What the coach said before the first line; empty: nothing. */
  greeting: string;
  turns: Turn[];
  /** In order, from `coaching` on. */
  phases: Phase[];
  /** Null: the script was over before the session was. */
  end_reason: EndReason | null;
  /** The coach's side in its time, silence where it was silent. Mono. */
  audio: { rate: number; samples: Int16Array };
  summary: Session['summary'];
  /** Over all spoken turns, errors per word said; null where nothing was spoken. */
  wer: number | null;
  /** The middle of the spoken turns' `e2e_latency_ms`; null where there is none. */
  e2e_p50_ms: number | null;
  /** `error` events of the server. */
  errors: WireError[];
}

/**
 * Holds a session from its creation to its goodbye or the script's end (it is then ended over REST).
 * @throws UsageError for a script that cannot be followed; TalkError when the server cannot be reached, hangs up or takes
 * too long; ProviderError `engine_missing` without the embedded voice; the signal's reason.
 */
export async function talk(options: TalkOptions): Promise<TalkResult> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const steps = options.wav === undefined ? parseScript(options.lines ?? [], 'lines') : [];
  const spoken = steps.filter(({ how }) => how === 'spoken').map(({ text }) => text);
  const samples = await speakLines(spoken, options.voice ?? 'slt', RATE, signal);
  const created = await create(options);
  const { session, client_secret } = created;
  const person = new Person(options, session.id, client_secret.value, clock);
  try {
    await person.connect();
    if (options.wav !== undefined) {
      await person.play(resampled(options.wav.samples, options.wav.rate, RATE));
    }
    for (const step of steps) {
      await person.say(step, step.how === 'spoken' ? (samples.shift() ?? new Int16Array()) : null);
      if (person.floor.over) break;
    }
    await person.hearTheEnd();
  } finally {
    person.leave();
  }
  const ended = await ending(options, person, session.id, client_secret.value);
  return person.result(session.id, ended);
}

async function create({ url, token, goal, greeting = false }: TalkOptions) {
  try {
    const body = { greeting, ...(goal === undefined ? {} : { goal }) };
    return await createSession(url, body, token === undefined ? {} : { token });
  } catch (error) {
    throw new TalkError(`no session at ${url}: ${reason(error)}`);
  }
}

/** The session as it is left behind; one that is not over is ended, so that it does not wait for anybody. */
async function ending(options: TalkOptions, person: Person, id: string, token: string): Promise<Session | null> {
  if (person.ledger.end_reason !== null) return person.ledger.session;
  return endSession(options.url, id, { token }).catch(() => null);
}

class Person {
  readonly ledger = new Ledger();
  readonly floor: Floor;
  readonly #options: TalkOptions;
  readonly #clock: Clock;
  readonly #client: KukuClient;
  readonly #speaker = new Speaker(RATE);
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
    this.#microphone = new Microphone(clock, RATE, (frame) => this.#client.sendAudio(frame));
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
      audio: { rate: RATE, samples: this.#speaker.recording(this.#from, this.#clock.mono()) },
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

/** What fetch says is in its cause: the bare message is "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return code === 'ECONNREFUSED' ? 'nobody listens there' : cause.message || code || error.message;
}
