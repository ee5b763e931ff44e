/** The coach by Chat Completions, streamed: OpenAI's fine-tuned models, and Ollama, vLLM and others that speak it. */
import { z } from 'zod';
import type { ChatMessage, CoachProvider, CoachRequest, SessionSummary } from '../types.ts';
import { type OpenAIClient, text } from './client.ts';
import { type Deadlines, guarded, guardedCall } from './deadlines.ts';
import { broken, cut, toProviderError } from './errors.ts';
import { events, parseJson, type Read } from './stream.ts';
import { SUMMARY_PROMPT, SUMMARY_SCHEMA, summaryOf } from './summary.ts';

const NAME = 'openai-coach';

export interface CoachOptions {
  client: OpenAIClient;
  deadlines?: Partial<Deadlines>;
  /** The provider's name for a model of the catalogue; the same when absent. */
  resolveModel?: (name: string) => string;
  /** 0..2; the model's own default when null. */
  temperature?: (name: string) => number | null;
  /** How the summary's JSON is asked for: local servers often know only `json_object`. */
  json?: 'json_schema' | 'json_object';
  /** The whole summary, milliseconds (W7 gives it 10 s). */
  summary_ms?: number;
}

const DEFAULTS: Deadlines = { first_ms: 8_000, idle_ms: 8_000 };
const SUMMARY_MS = 9_000;

/** Of a streamed chunk, what is used; everything else may be as it likes. */
const ChunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  error: z.unknown().optional(),
});

const CompletionSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

export function createOpenAICoach(options: CoachOptions): CoachProvider {
  const { client } = options;
  const deadlines = { ...DEFAULTS, ...options.deadlines };
  const resolve = options.resolveModel ?? ((name) => name);
  const guard = (signal: AbortSignal) => ({ provider: NAME, clock: client.clock, signal, ...deadlines });

  const common = (model: string) => {
    const temperature = options.temperature?.(model) ?? null;
    return { model: resolve(model), ...(temperature === null ? {} : { temperature }) };
  };

  async function* stream(request: CoachRequest, signal: AbortSignal): AsyncGenerator<string> {
    const body = { ...common(request.model), messages: request.messages, stream: true } as const;
    try {
      const answer = await client.call(NAME, (sdk) => sdk.chat.completions.create(body, { signal }));
      if (!(yield* events(answer, signal, client.clock, readChunk))) throw cut(NAME);
    } catch (error) {
      throw toProviderError(NAME, error);
    }
  }

  async function summarise(turns: ChatMessage[], model: string, signal: AbortSignal): Promise<SessionSummary> {
    const format = options.json === 'json_object' ? ({ type: 'json_object' } as const) : SUMMARY_SCHEMA;
    const messages: ChatMessage[] = [{ role: 'system', content: SUMMARY_PROMPT }, ...turns];
    const body = { ...common(model), messages, response_format: format };
    try {
      const answer = await client.call(NAME, (sdk) => sdk.chat.completions.create(body, { signal }));
      const completion = CompletionSchema.safeParse(parseJson(NAME, await text(answer, signal)));
      const content = completion.data?.choices[0]?.message.content;
      if (content === undefined) throw broken(NAME, 'the answer is not a completion');
      const summary = summaryOf(parseJson(NAME, content));
      if (summary === null) throw broken(NAME, 'the answer is not a summary');
      return summary;
    } catch (error) {
      throw toProviderError(NAME, error);
    }
  }

  return {
    name: 'openai',
    reply: (request, signal) => guarded(guard(signal), (upstream) => stream(request, upstream)),
    summarise: (turns, model, signal) =>
      guardedCall({ ...guard(signal), first_ms: options.summary_ms ?? SUMMARY_MS }, (upstream) =>
        summarise(turns, model, upstream),
      ),
    // The client is the caller's, and shared.
    close: async () => {},
  };
}

/** A reply is whole when a finish_reason came; without one, even a clean end is a cut. */
function readChunk(json: unknown): Read<string> {
  const chunk = ChunkSchema.safeParse(json).data;
  if (chunk === undefined || chunk.error !== undefined) throw broken(NAME, 'an event that is no completion chunk');
  const choice = chunk.choices?.[0];
  const finish = choice?.finish_reason ?? null;
  if (finish === 'content_filter') throw broken(NAME, "the reply was stopped by the provider's filter");
  return { item: choice?.delta?.content || null, end: finish !== null };
}
