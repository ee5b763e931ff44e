/** The JSON events of a streamed answer, parsed; shared by the chat and the transcription. */
import type { Clock } from '../../clock.ts';
import { type Answer, chunks, release } from './client.ts';
import { broken } from './errors.ts';
import { SseParser } from './sse.ts';

/** What a caller makes of one event: something to pass on or null, and whether it is the last that matters. */
export interface Read<T> {
  item: T | null;
  end: boolean;
}

/**
 * `read` gets each event's JSON. Returns true when it said `end`; false when the bytes ended before.
 * @throws ProviderError `provider_broken` for what is no JSON.
 */
export async function* events<T>(
  answer: Answer,
  signal: AbortSignal,
  clock: Clock,
  read: (json: unknown) => Read<T>,
): AsyncGenerator<T, boolean> {
  const parser = new SseParser();
  for await (const chunk of chunks(answer, signal)) {
    for (const { data } of parser.push(chunk)) {
      if (data === '[DONE]') return false;
      const { item, end } = read(parseJson(answer.provider, data));
      if (item !== null) yield item;
      if (!end) continue;
      release(answer, clock);
      return true;
    }
  }
  return false;
}

/** @throws ProviderError `provider_broken`, without the text. */
export function parseJson(provider: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken(provider, 'the answer is not JSON');
  }
}
