import { encodeFrame, type ServerEventBody } from '../../protocol/index.ts';
import type { Slice } from '../conversation/playout.ts';
import type { Dialect } from './state.ts';

/** What transport gives a session to talk through. None of it throws; after `close` it is deaf. */
export interface Connection {
  readonly dialect: Dialect;
  sendText(json: string): void;
  sendBinary(bytes: Uint8Array): void;
  close(code: number, reason: string): void;
}

export interface AudioTarget {
  stream: number;
  response_id: string;
  item_id: string;
}

/** Ids of one ownership: the next epoch's begin above them, so that `evt_N` grows across crashes without a write. */
const IDS_PER_EPOCH = 10_000_000;

type Entry = { ready: Promise<void> } | { run: () => void };

/**
 * Everything a session tells its client, in one order. A barrier holds back all that follows it until a write is
 * stored: so an acknowledgement never runs ahead of what it acknowledges, nor a reply ahead of its phase (W13).
 */
export class Outbox {
  connection: Connection | null = null;
  #id: number;
  #queue: Entry[] = [];
  #waiting = false;
  #onFailed: (error: unknown) => void;

  constructor(epoch: number, onFailed: (error: unknown) => void) {
    this.#id = (epoch - 1) * IDS_PER_EPOCH;
    this.#onFailed = onFailed;
  }

  /** For whoever is connected now: what still waits when they go is not for whoever comes next. */
  event(event: ServerEventBody): void {
    const to = this.connection;
    if (to === null) return;
    this.run(() => {
      if (to !== this.connection) return;
      const { type, ...rest } = event;
      to.sendText(JSON.stringify({ type, event_id: this.#nextId(), ...rest }));
    });
  }

  /** `signal`: aborted when the reply was cut; what still waits here is then dropped. */
  audio(slice: Slice, to: AudioTarget, signal: AbortSignal, onSent: () => void): void {
    const connection = this.connection;
    if (connection === null) return;
    this.run(() => {
      if (connection !== this.connection || signal.aborted) return;
      if (connection.dialect === 'kuku.v1') {
        const start_ms = Math.round(slice.start_ms);
        connection.sendBinary(encodeFrame({ stream: to.stream, start_ms, last: false, payload: slice.bytes }));
      } else {
        const { buffer, byteOffset, length } = slice.bytes;
        // Put together by hand: base64 needs no escaping, and this is most of what is sent.
        connection.sendText(
          `{"type":"response.output_audio.delta","event_id":"${this.#nextId()}","response_id":"${to.response_id}",` +
            `"item_id":"${to.item_id}","output_index":0,"content_index":0,` +
            `"delta":"${Buffer.from(buffer, byteOffset, length).toString('base64')}"}`,
        );
      }
      onSent();
    });
  }

  /** Binds a stream of binary frames to an item; JSON deltas name their item themselves. */
  audioStarted(target: AudioTarget): void {
    if (this.connection?.dialect === 'kuku.v1') this.event({ type: 'coach.audio.started', ...target });
  }

  /** An empty frame that says that its stream is whole. */
  endOfStream(stream: number, atMs: number): void {
    const to = this.connection;
    if (to?.dialect !== 'kuku.v1') return;
    this.run(() => {
      if (to !== this.connection) return;
      const start_ms = Math.round(atMs);
      to.sendBinary(encodeFrame({ stream, start_ms, last: true, payload: new Uint8Array() }));
    });
  }

  /** Holds back whatever comes after it until `stored` resolves. */
  barrier(stored: Promise<void>): void {
    // A failure is met when its turn comes; until then it must not count as unhandled.
    stored.catch(() => {});
    this.#queue.push({ ready: stored });
    this.#drain();
  }

  /** Runs `fn` in its place among what is sent. */
  run(fn: () => void): void {
    if (this.#queue.length === 0 && !this.#waiting) return fn();
    this.#queue.push({ run: fn });
    this.#drain();
  }

  /** Drops what was not sent. */
  clear(): void {
    this.#queue = [];
  }

  #nextId(): string {
    this.#id += 1;
    return `evt_${this.#id}`;
  }

  #drain(): void {
    while (!this.#waiting) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      if ('run' in entry) {
        entry.run();
      } else {
        this.#waiting = true;
        entry.ready.then(
          () => this.#opened(),
          (error: unknown) => {
            this.clear();
            this.#opened();
            this.#onFailed(error);
          },
        );
      }
    }
  }

  #opened(): void {
    this.#waiting = false;
    this.#drain();
  }
}
