/** The few globals the client uses, alike in browsers, React Native and Node 22+. Nothing else is taken from a platform. */

/** Parameters compared as of a method, so that every platform's own event types fit. */
type Handler<E> = { handle(event: E): void }['handle'] | null;

/** What the client needs of a WebSocket: the browser's own, React Native's, Node's, or `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly protocol: string;
  onopen: Handler<unknown>;
  onmessage: Handler<{ data: unknown }>;
  onclose: Handler<{ code: number; reason: string }>;
  onerror: Handler<unknown>;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketFactory = (url: string, protocols: string[]) => WebSocketLike;

export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<FetchResponse>;

/** Calls `fn` once after `ms`; the returned function cancels it and may be called any number of times. */
export type After = (ms: number, fn: () => void) => () => void;

declare const WebSocket: (new (url: string, protocols: string[]) => WebSocketLike) | undefined;
declare const fetch: FetchLike | undefined;
declare const setTimeout: (fn: () => void, ms: number) => unknown;
declare const clearTimeout: (handle: unknown) => void;
declare const queueMicrotask: (fn: () => void) => void;

export const SOCKET_OPEN = 1;

export function openGlobalWebSocket(url: string, protocols: string[]): WebSocketLike {
  if (typeof WebSocket === 'undefined') throw new Error('no global WebSocket here: pass the option `openSocket`');
  return new WebSocket(url, protocols);
}

export function globalFetch(): FetchLike {
  if (typeof fetch === 'undefined') throw new Error('no global fetch here: pass one');
  return fetch;
}

export const afterRealTime: After = (ms, fn) => {
  const handle = setTimeout(fn, ms);
  return () => clearTimeout(handle);
};

/** Reports what a listener threw as the platform does, without breaking who called the listener. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
