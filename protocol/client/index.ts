export { fromBase64, toBase64 } from './base64.ts';
export { KukuClient } from './client.ts';
export type { After, FetchLike, WebSocketFactory, WebSocketLike } from './platform.ts';
export { pcmBytes, pcmSamples } from './reply-audio.ts';
export * from './rest.ts';
export type {
  AnyEvent,
  ClientEvents,
  ClientOptions,
  ConnectionState,
  Malformed,
  ReplyAudio,
  StateChange,
} from './types.ts';
