import type { ServerEvent } from '../events/index.ts';
import { isRecord, isServerEvent, serverEventSchemas } from '../events/index.ts';
import { ReplyAudioReader } from './reply-audio.ts';
import type { AnyEvent, Malformed, ReplyAudio } from './types.ts';

export interface InboxParts {
  /** Every event, known or not. */
  onAny(event: AnyEvent): void;
  onEvent(event: ServerEvent): void;
  onAudio(audio: ReplyAudio): void;
  onMalformed(what: Malformed): void;
  /** Everything that happened up to the loss of the last connection has been told. */
  onCaughtUp(): void;
}

/** Reads what the server sends. Nothing that comes in makes it throw; no event is told twice across resumes. */
export class Inbox {
  #lastEventId: string | null = null;
  #replayLeft = 0;
  #resumes = false;
  readonly #reader = new ReplyAudioReader();
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  get lastEventId(): string | null {
    return this.#lastEventId;
  }

  /** A fresh socket. `resumes`: whether its dialect numbers events so that they can be asked for again. */
  opened(resumes: boolean): void {
    this.#resumes = resumes;
    this.#replayLeft = 0;
  }

  message(data: unknown): void {
    if (data instanceof ArrayBuffer) this.#frame(new Uint8Array(data));
    else if (data instanceof Uint8Array) this.#frame(data);
    else this.#text(String(data));
  }

  #text(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#parts.onMalformed({ what: 'json', message: 'a message is not JSON' });
      return;
    }
    if (!isTyped(value)) this.#parts.onMalformed({ what: 'event', message: 'a message has no type' });
    else if (this.#isNews(value)) this.#event(value);
  }

  #event(value: AnyEvent): void {
    const replayed = this.#replayLeft > 0;
    this.#parts.onAny(value);
    if (isServerEvent(value)) {
      this.#parts.onEvent(value);
      const audio = this.#reader.event(value);
      if (audio !== null) this.#parts.onAudio(audio);
      if (value.type === 'coach.resumed') this.#replayLeft = value.replayed;
      if (value.type === 'session.created') this.#parts.onCaughtUp();
      if (value.type === 'coach.resumed' && value.replayed === 0) this.#parts.onCaughtUp();
    } else if (serverEventSchemas.has(value.type)) {
      this.#parts.onMalformed({ what: 'event', message: `an event of type ${value.type} is malformed` });
    }
    if (replayed && --this.#replayLeft === 0) this.#parts.onCaughtUp();
  }

  #frame(bytes: Uint8Array): void {
    const audio = this.#reader.frame(bytes);
    if (typeof audio === 'string') this.#parts.onMalformed({ what: 'frame', message: audio });
    else this.#parts.onAudio(audio);
  }

  /**
   * False for what was told before. Moves the last event id on, but not by `coach.resumed`: stored events with lower
   * numbers follow that one. After a gap any number is news.
   */
  #isNews(event: AnyEvent): boolean {
    const { event_id } = event;
    if (typeof event_id !== 'string' || !/^evt_\d+$/.test(event_id)) return true;
    if (event.type === 'coach.resumed') {
      if (event.gap === true) this.#lastEventId = null;
      return true;
    }
    const last = this.#lastEventId === null ? -1 : Number(this.#lastEventId.slice(4));
    if (this.#resumes && Number(event_id.slice(4)) <= last) return false;
    this.#lastEventId = event_id;
    return true;
  }
}

function isTyped(value: unknown): value is AnyEvent {
  return isRecord(value) && typeof value.type === 'string';
}
