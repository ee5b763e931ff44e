/**
 * A provider that speaks OpenAI's wire format to a script: chat completions, transcriptions, speech, models. It keeps
 * what was asked of it and how each request ended, so that a test can see a cancel arrive.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, sleep, systemClock } from '../../src/clock.ts';
import { type Fault, quickScript, type Script } from './openai-script.ts';

export interface SeenRequest {
  path: string;
  headers: IncomingMessage['headers'];
  /** JSON bodies as they are, multipart bodies as their fields. */
  body: Record<string, unknown>;
  /** The uploaded file; empty where there is none. */
  file: Uint8Array;
  /** Counts connections from 0: equal numbers shared one. */
  connection: number;
  /** How the answer ended: sent to its end, or given up by the client (or by the script). */
  ended: Promise<'sent' | 'aborted'>;
}

export interface OpenAIServer {
  /** With `/v1`: a base URL. */
  url: string;
  /** May be changed at any time; counts from the next request on. */
  script: Script;
  requests: SeenRequest[];
  close(): Promise<void>;
}

export async function startOpenAIServer(
  script: Partial<Script> = {},
  { clock = systemClock, port = 0, keepRequests = true }: { clock?: Clock; port?: number; keepRequests?: boolean } = {},
): Promise<OpenAIServer> {
  const state: Script = { ...quickScript(), ...script };
  const requests: SeenRequest[] = [];
  const sockets = new Map<Socket, number>();
  const closing = new AbortController();

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => sockets.set(socket, sockets.size));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v1/, '').replace(/\?.*/, '');
    const bytes = await read(request);
    const ended = once(response, 'close').then(() => (response.writableFinished ? 'sent' : 'aborted'));
    const seen = { path, headers: request.headers, ...parseBody(request, bytes) };
    if (keepRequests) requests.push({ ...seen, connection: sockets.get(request.socket) ?? -1, ended });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = new AnswerTo(response, clock, AbortSignal.any([gone.signal, closing.signal]));
    await answerTo(path, seen, answer, state).catch((error) => {
      if (!response.destroyed) throw error;
    });
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    script: state,
    requests,
    async close() {
      closing.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One answer: items at their times, with the endpoint's fault where it has one. */
class AnswerTo {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;

  constructor(response: ServerResponse, clock: Clock, signal: AbortSignal) {
    this.#response = response;
    this.#clock = clock;
    this.#signal = signal;
  }

  wait(ms: number): Promise<void> | undefined {
    return ms > 0 ? sleep(this.#clock, ms, this.#signal) : undefined;
  }

  json(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.end(JSON.stringify(body));
  }

  /** True when the request got an error, or will get nothing at all. */
  failsAtOnce(fault: Fault | null): boolean {
    if (fault?.kind === 'hang') return true;
    if (fault?.kind !== 'status') return false;
    // OpenAI's own message quotes the key's end; nobody may pass it on.
    const error = { message: 'Incorrect API key provided: sk-secret', type: 'error', code: fault.code ?? null };
    this.json({ error }, fault.status, fault.retry_after === undefined ? {} : { 'retry-after': fault.retry_after });
    return true;
  }

  /** Items by an absolute clock: `at` is when each is due, counted from now. `tail` closes a whole answer. */
  async stream(
    contentType: string,
    items: { at: number; bytes: string | Uint8Array }[],
    tail: string,
    fault: Fault | null,
  ) {
    const start = this.#clock.mono();
    let sent = 0;
    for (const { at, bytes } of items) {
      const wait = start + at - this.#clock.mono();
      // Timers are good to a millisecond.
      if (wait > 0.5) await this.wait(wait);
      if (fault !== null && 'after' in fault && sent === fault.after) {
        // A reset throws away what the client has not read yet.
        if (fault.kind === 'reset') await this.wait(30);
        return this.#fail(fault, contentType);
      }
      if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': contentType });
      this.#response.write(bytes);
      sent++;
    }
    this.#response.end(tail);
  }

  #fail(fault: Fault, contentType: string): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': contentType });
    if (fault.kind === 'stall') this.#response.flushHeaders();
    else if (fault.kind === 'reset') this.#response.socket?.resetAndDestroy();
    else if (fault.kind === 'garbage') this.#response.end('data: {"choices": [{"delta": {"content": "my secr\n\n');
    else this.#response.end();
  }
}

async function answerTo(
  path: string,
  { body, file }: { body: Record<string, unknown>; file: Uint8Array },
  answer: AnswerTo,
  script: Script,
): Promise<void> {
  if (path === '/models') {
    const data = script.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
    return answer.json({ object: 'list', data });
  }
  if (path === '/chat/completions') return chat(body, answer, script.chat);
  if (path === '/audio/transcriptions') return transcription(body, file, answer, script.transcription);
  if (path === '/audio/speech') return speech(body, answer, script.speech);
  answer.json({ error: { message: 'no such path', code: 'not_found' } }, 404);
}

const sse = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const words = (text: string) => text.match(/\S+\s*/g) ?? [];

async function chat(body: Record<string, unknown>, answer: AnswerTo, script: Script['chat']): Promise<void> {
  if (answer.failsAtOnce(script.fault)) return;
  const messages = Array.isArray(body.messages) ? body.messages : [];
  const base = { id: 'chatcmpl-1', created: 0, model: body.model };
  if (body.stream !== true) {
    await answer.wait(script.ttft_ms);
    const message = { role: 'assistant', content: script.whole(messages), refusal: null };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    return answer.json(
      script.fault?.kind === 'garbage' ? { nonsense: true } : { ...base, object: 'chat.completion', choices },
    );
  }
  const chunk = (delta: object, finish_reason: string | null = null) =>
    sse({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });
  const items = words(script.reply(messages)).map((content, i) => ({
    at: script.ttft_ms + i * script.token_ms,
    bytes: (i === 0 ? chunk({ role: 'assistant', content: '' }) : '') + chunk({ content }),
  }));
  await answer.stream('text/event-stream', items, `${chunk({}, 'stop')}data: [DONE]\n\n`, script.fault);
}

async function transcription(
  body: Record<string, unknown>,
  file: Uint8Array,
  answer: AnswerTo,
  script: Script['transcription'],
): Promise<void> {
  if (answer.failsAtOnce(script.fault)) return;
  const text = script.text(file);
  if (body.stream !== 'true' || !script.can_stream) {
    await answer.wait(script.delay_ms);
    if (script.fault?.kind === 'garbage') return answer.json({ nonsense: true });
    const segments = script.no_speech === null ? {} : { segments: [{ no_speech_prob: script.no_speech }] };
    return answer.json({ text, ...segments });
  }
  const event = (type: string, rest: object) => `event: ${type}\n${sse({ type, ...rest })}`;
  const items = words(text).map((delta, i) => ({
    at: script.delay_ms + i * script.delta_ms,
    bytes: event('transcript.text.delta', { delta }),
  }));
  await answer.stream('text/event-stream', items, event('transcript.text.done', { text }), script.fault);
}

async function speech(body: Record<string, unknown>, answer: AnswerTo, script: Script['speech']): Promise<void> {
  if (answer.failsAtOnce(script.fault)) return;
  if (script.fault?.kind === 'garbage') return answer.json({ error: { message: 'no voice today' } });
  const audio = tone(script.duration_ms(String(body.input)));
  const items: { at: number; bytes: Uint8Array }[] = [];
  for (let from = 0; from < audio.length; from += script.chunk_bytes) {
    items.push({
      at: script.ttfb_ms + from / 48 / script.speed,
      bytes: audio.subarray(from, from + script.chunk_bytes),
    });
  }
  await answer.stream('audio/pcm', items, '', script.fault);
}

const tones = new Map<number, Uint8Array>();

/** `ms` of a 300 Hz sine, 24 kHz, 16 bits. Kept: a load test asks for the same again and again. */
function tone(ms: number): Uint8Array {
  let bytes = tones.get(ms);
  if (bytes === undefined) {
    const samples = Int16Array.from({ length: ms * 24 }, (_, i) => Math.round(8000 * Math.sin((i * 2 * Math.PI) / 80)));
    bytes = new Uint8Array(samples.buffer);
    tones.set(ms, bytes);
  }
  return bytes;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function parseBody(request: IncomingMessage, bytes: Buffer): { body: Record<string, unknown>; file: Uint8Array } {
  const boundary = /boundary=(\S+)/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined)
    return { body: bytes.length === 0 ? {} : JSON.parse(bytes.toString()), file: new Uint8Array() };
  const body: Record<string, unknown> = {};
  let file: Uint8Array = new Uint8Array();
  // Latin-1 keeps every byte one character.
  for (const part of bytes.toString('latin1').split(`--${boundary}`)) {
    const found = /name="([^"]+)"(; filename="[^"]+")?[\s\S]*?\r\n\r\n([\s\S]*)\r\n$/.exec(part);
    if (found?.[1] === undefined) continue;
    if (found[2] === undefined) body[found[1]] = found[3];
    else file = Buffer.from(found[3] ?? '', 'latin1');
  }
  return { body, file };
}
