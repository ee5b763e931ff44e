/** What the scripted provider answers and when; tests change it between requests. Times in milliseconds. */

/** What goes wrong with a request to an endpoint, until it is set to null again. */
export type Fault =
  /** An error answer; `code` goes into its body, as OpenAI's do. */
  | { kind: 'status'; status: number; code?: string; retry_after?: string }
  /** The request is read and never answered. */
  | { kind: 'hang' }
  /** After so many items (tokens, deltas, chunks) nothing more comes; the connection stays. */
  | { kind: 'stall'; after: number }
  /** After so many items the answer ends as if it were whole: no finish_reason, no [DONE], no done event. */
  | { kind: 'end'; after: number }
  /** After so many items the connection is reset. */
  | { kind: 'reset'; after: number }
  /** After so many items comes something that is no JSON (no audio). */
  | { kind: 'garbage'; after: number };

export interface Endpoint {
  fault: Fault | null;
}

export interface ChatScript extends Endpoint {
  /** The reply to a streamed request, cut into tokens that carry their trailing space. */
  reply(messages: { role: string; content: string }[]): string;
  /** The content of an answer that is not streamed (a summary, JSON). */
  whole(messages: { role: string; content: string }[]): string;
  ttft_ms: number;
  /** Between one token and the next. */
  token_ms: number;
}

export interface TranscriptionScript extends Endpoint {
  text(audio: Uint8Array): string;
  delay_ms: number;
  /** Between deltas, for requests with `stream`. */
  delta_ms: number;
  no_speech: number | null;
  /** Answers `stream` requests in one piece, as older servers do. */
  can_stream: boolean;
}

export interface SpeechScript extends Endpoint {
  ttfb_ms: number;
  /** How long the audio for a text is. */
  duration_ms(text: string): number;
  /** Audio per second of time after the first chunk: 1 is real time, Infinity all at once. */
  speed: number;
  /** Bytes of a chunk; odd numbers split samples. 4,800 is 100 ms. */
  chunk_bytes: number;
}

export interface Script {
  chat: ChatScript;
  transcription: TranscriptionScript;
  speech: SpeechScript;
  models: string[];
}

export const SUMMARY = {
  text: 'You looked at your week.',
  takeaways: ['Mornings work best for you.'],
  action_items: [
    { title: 'Block two mornings', due: 'this week' },
    { title: 'Tell Ana', due: null },
  ],
};

/** Quick and flawless: what a test does not care about. */
export function quickScript(): Script {
  return {
    chat: {
      fault: null,
      reply: () => 'That sounds like a real step. What would make it easier?',
      whole: () => JSON.stringify(SUMMARY),
      ttft_ms: 1,
      token_ms: 0,
    },
    transcription: {
      fault: null,
      text: () => 'I would like to talk about my week.',
      delay_ms: 1,
      delta_ms: 0,
      no_speech: null,
      can_stream: true,
    },
    speech: { fault: null, ttfb_ms: 1, duration_ms: () => 500, speed: Number.POSITIVE_INFINITY, chunk_bytes: 4_800 },
    models: ['gpt-test'],
  };
}

/** The first sentence is complete with its tenth token: 200 + 9 * 20 ms. */
const BENCH_REPLY =
  'That sounds like a real step forward for you today. What would help you to keep it going next week?';

/** The script of ../shared/PERFORMANCE.md: 150 ms, 200 ms, a sentence at 380 ms, 100 ms; 3.6 s of reply. */
export function benchScript(): Script {
  const quick = quickScript();
  return {
    ...quick,
    chat: { ...quick.chat, reply: () => BENCH_REPLY, ttft_ms: 200, token_ms: 20 },
    transcription: { ...quick.transcription, delay_ms: 150 },
    speech: {
      ...quick.speech,
      ttfb_ms: 100,
      duration_ms: (text) => Math.round((3_600 * text.length) / BENCH_REPLY.length),
      speed: 4,
    },
  };
}

/** What the bench's script makes unavoidable between the end of the hangover and the first audio. */
export const BENCH_UNAVOIDABLE_MS = 150 + 380 + 100;
