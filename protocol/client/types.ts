import type { AudioFormat } from '../audio-format.ts';
import type { ServerEventOf, ServerEventType } from '../events/index.ts';
import type { After, WebSocketFactory } from './platform.ts';

export type ConnectionState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed';

export interface StateChange {
  state: ConnectionState;
  /** Close code that led here; 1006 when the network went away. */
  code?: number;
  reason?: string;
  /** `reconnecting`: which try comes next (1, 2, …) and in how many milliseconds. */
  attempt?: number;
  delay_ms?: number;
}

/** Audio of a reply, in the output format in force. */
export interface ReplyAudio {
  item_id: string;
  response_id: string;
  /** Position inside the item, ms; null where it cannot be known (opus in base64). */
  start_ms: number | null;
  /** Nothing of this item follows. May come with an empty payload. */
  last: boolean;
  payload: Uint8Array;
}

/** Any message that is an object with a `type`, whether this version knows it or not. */
export type AnyEvent = { type: string } & Record<string, unknown>;

/** What the client could not read and passed over. */
export interface Malformed {
  what: 'json' | 'event' | 'frame';
  message: string;
}

export type ClientEvents = { [T in ServerEventType]: ServerEventOf<T> } & {
  /** Every event, unknown types included, before its typed listeners. */
  '*': AnyEvent;
  audio: ReplyAudio;
  state: StateChange;
  malformed: Malformed;
};

export interface ClientOptions {
  /** The whole address of the socket (`ws:` or `wss:`), e.g. a `stream_url`. Or give `baseUrl` and `sessionId`. */
  url?: string;
  /** Where the server is, e.g. `https://coach.example`. */
  baseUrl?: string;
  sessionId?: string;
  /** Access token or client secret; asked for anew at each connection when it is a function. */
  token?: string | (() => string | Promise<string>);
  /** In order of preference; `['kuku.v1']` unless given. */
  subprotocols?: string[];
  /** Opens a socket; the global WebSocket unless given. */
  openSocket?: WebSocketFactory;
  /** Uniform in [0, 1). */
  random?: () => number;
  /** Milliseconds, monotonic enough to tell a steady connection from a flapping one. */
  now?: () => number;
  after?: After;
  /** Tries in a row before giving up; 10 unless given. */
  maxAttempts?: number;
  /** Give up on one try after this long, ms; 10 000 unless given. */
  connectTimeoutMs?: number;
  /** Unacknowledged audio kept for resending, ms; 60 000 unless given. The oldest goes first. */
  keepAudioMs?: number;
  /** Input format the audio is in: pcm at 24 kHz unless given. Sent with session.update at every connection. */
  inputFormat?: AudioFormat;
  /** Milliseconds of audio in one opus packet; 20 unless given. */
  opusPacketMs?: number;
}
