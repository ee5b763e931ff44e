/**
 * The SDK builds and signs requests; answers are read from the socket as they come. Its own stream layers cost 5 ms a
 * turn (docs/dependencies.md), so a `fetch` over undici keeps the raw body aside, where `call` picks it up.
 */
import OpenAI from 'openai';
import { Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../../clock.ts';
import { broken, cut } from './errors.ts';

export interface OpenAIOptions {
  apiKey: string;
  /** With its `/v1`; OpenAI's own when absent. */
  baseURL?: string | undefined;
  clock: Clock;
  /** TCP and TLS together, milliseconds. */
  connect_ms?: number;
}

/** A good answer (2xx), its body unread. */
export interface Answer {
  /** Whose answer it is, for errors. */
  provider: string;
  /** Without parameters, lower case; empty where none was sent. */
  contentType: string;
  body: Dispatcher.ResponseData['body'];
}

/** Anything of the SDK that can give its Response before reading it. */
interface Pending {
  asResponse(): Promise<Response>;
}

export interface OpenAIClient {
  readonly clock: Clock;
  /** `run` makes one call of the SDK, with its signal. @throws what the SDK throws; see toProviderError. */
  call(provider: string, run: (sdk: OpenAI) => Pending): Promise<Answer>;
  /** Ends every connection. */
  close(): Promise<void>;
}

const CONNECT_MS = 3_000;
/** Idle connections are kept this long, unless the server announces less. */
const KEEP_ALIVE_MS = 60_000;
/** What is read of an error's body: enough for its code. */
const ERROR_BODY_BYTES = 8_192;
/** The rest of a stream whose end is already known is read, this long and this far, so that its connection lives on. */
const DRAIN_MS = 2_000;
const DRAIN_BYTES = 1024 * 1024;
/** Of a JSON answer. */
const ANSWER_BYTES = 1024 * 1024;
/** Of the SDK, which wants one: ours end long before. */
const SDK_TIMEOUT_MS = 600_000;

export function createOpenAI(options: OpenAIOptions): OpenAIClient {
  const dispatcher = new Agent({
    connect: { timeout: options.connect_ms ?? CONNECT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const bodies = new WeakMap<Response, Dispatcher.ResponseData['body']>();

  /** For the SDK: an answer without a body when it is good, with its error's text when it is not. */
  async function fetchRaw(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    if (url instanceof Request) throw new TypeError('a URL, please');
    const { body } = init;
    if (body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new TypeError('only text and bytes are sent');
    }
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(url, {
      dispatcher,
      method: init.method === 'GET' ? 'GET' : 'POST',
      headers: Object.fromEntries(new Headers(init.headers)),
      body: body ?? null,
      signal: init.signal ?? null,
    });
    // A body that nobody reads yet may fail; that must not be an uncaught exception.
    answer.on('error', () => {});
    const flat = new Headers();
    for (const [name, value] of Object.entries(headers)) flat.set(name, String(value));
    if (statusCode >= 400) return new Response(await errorText(answer), { status: statusCode, headers: flat });
    const response = new Response(null, { status: statusCode, headers: flat });
    bodies.set(response, answer);
    return response;
  }

  const sdk = new OpenAI({
    apiKey: options.apiKey,
    ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
    maxRetries: 0,
    timeout: SDK_TIMEOUT_MS,
    logLevel: 'off',
    fetch: fetchRaw,
  });

  return {
    clock: options.clock,
    async call(provider, run) {
      const response = await run(sdk).asResponse();
      const body = bodies.get(response);
      if (body === undefined) throw broken(provider, 'an answer without a body');
      const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';');
      return { provider, contentType: contentType.trim().toLowerCase(), body };
    },
    close: () => dispatcher.destroy(),
  };
}

async function errorText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      length += part.length;
      if (length >= ERROR_BODY_BYTES) break;
    }
  } catch {
    // The status is known, which is what matters.
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The body's chunks. Aborting the signal ends it with its connection; a consumer that stops early leaves it open.
 * @throws ProviderError `provider_cut` when the connection breaks, the signal's doing included.
 */
export async function* chunks(answer: Answer, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { body } = answer;
  const onAbort = () => body.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) body.destroy();
    yield* body.iterator({ destroyOnReturn: false });
  } catch {
    throw cut(answer.provider);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** To be called when all that is wanted of an answer has come: the rest is read, so that its connection lives on. */
export function release(answer: Answer, clock: Clock): void {
  const { body } = answer;
  if (body.readableEnded || body.destroyed) return;
  const cancel = clock.after(DRAIN_MS, () => body.destroy());
  body
    .dump({ limit: DRAIN_BYTES })
    .catch(() => {})
    .finally(cancel);
}

/** The whole body, at most `limit` bytes. @throws ProviderError `provider_broken` beyond that. */
export async function text(answer: Answer, signal: AbortSignal, limit = ANSWER_BYTES): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of chunks(answer, signal)) {
    length += part.length;
    if (length > limit) {
      answer.body.destroy();
      throw broken(answer.provider, `an answer of more than ${limit} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
