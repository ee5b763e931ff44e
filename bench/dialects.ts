/** How a caller speaks with each server: the floor's bare frames, the product's `kuku.v1`. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { encodeFrame } from '../protocol/frame.ts';
import { FRAME_MS, HANGOVER_MS, RATE } from './audio.ts';

export interface CallerEvents {
  /** The server decided that the hangover ended with the frame that ends at this position, ms of captured audio. */
  onEndpoint(at_ms: number): void;
  onAudio(): void;
  /** What the server says its own share of a turn was, ms; the floor says nothing. */
  onShare(ms: number): void;
  /** An error event, or the connection's end. */
  onTrouble(what: string): void;
}

export interface Caller {
  /** 20 ms at 16 kHz; `index` counts frames from 0. */
  send(frame: Int16Array, index: number): void;
  close(): void;
}

export type Dialect = (base: string, events: CallerEvents) => Promise<Caller>;

const bytesOf = (frame: Int16Array) => new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);

const floor: Dialect = async (base, events) => {
  const socket = new WebSocket(base.replace(/^http/, 'ws'), { perMessageDeflate: false });
  watch(socket, events);
  socket.on('message', (data: Buffer, binary) => {
    if (binary) events.onAudio();
    else events.onEndpoint(Number(JSON.parse(data.toString()).at_ms));
  });
  await once(socket, 'open');
  return { send: (frame) => socket.send(bytesOf(frame)), close: () => socket.close(1000) };
};

const kuku: Dialect = async (base, events) => {
  const created = await fetch(new URL('/api/sessions', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (created.status !== 201) throw new Error(`POST /api/sessions answered ${created.status}`);
  const { client_secret, stream_url } = Object(await created.json());
  const url = new URL(String(stream_url), base).href.replace(/^http/, 'ws');
  const socket = new WebSocket(url, ['kuku.v1', `openai-insecure-api-key.${client_secret.value}`], {
    perMessageDeflate: false,
  });
  watch(socket, events);
  const ready = Promise.withResolvers<void>();
  socket.on('message', (data: Buffer, binary) => {
    if (binary) return events.onAudio();
    // Most events need not be parsed to be passed over: the load generator shares its core.
    const text = data.toString();
    if (text.includes('"input_audio_buffer.speech_stopped"')) {
      // The product names the end of the speech; its hangover ended that much later.
      events.onEndpoint(Number(JSON.parse(text).audio_end_ms) + HANGOVER_MS);
    } else if (text.includes('"type":"session.updated"')) ready.resolve();
    else if (text.startsWith('{"type":"coach.turn.metrics"')) {
      const { server_ms } = Object(JSON.parse(text));
      if (typeof server_ms === 'number') events.onShare(server_ms);
    } else if (text.includes('"type":"error"')) events.onTrouble(text);
    else if (text.includes('"type":"response.done"') && !text.includes('"completed"')) events.onTrouble(text);
  });
  await once(socket, 'open');
  const input = {
    format: { type: 'audio/pcm', rate: RATE },
    turn_detection: { type: 'server_vad', silence_duration_ms: HANGOVER_MS },
  };
  socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime', audio: { input } } }));
  await ready.promise;
  return {
    send: (frame, index) =>
      socket.send(encodeFrame({ stream: 0, start_ms: index * FRAME_MS, last: false, payload: bytesOf(frame) })),
    close: () => socket.close(1000),
  };
};

function watch(socket: WebSocket, events: CallerEvents): void {
  socket.on('error', (error) => events.onTrouble(String(error)));
  socket.on('close', (code) => {
    if (code !== 1000 && code !== 1005) events.onTrouble(`closed with ${code}`);
  });
}

export const DIALECTS: Record<string, Dialect> = { floor, kuku };
