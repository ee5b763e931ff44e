import type { Test } from 'tap';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { ProviderError } from '../../../src/errors.ts';
import { createOpenAI } from '../../../src/providers/openai/client.ts';
import type { Script } from '../../support/openai-script.ts';
import { startOpenAIServer } from '../../support/openai-server.ts';

/** What must never be in an error: the key, and words of the conversation. */
export const SECRET = 'sk-secret-0123456789';

export async function setup(
  t: Test,
  { script, clock = systemClock }: { script?: Partial<Script>; clock?: Clock } = {},
) {
  const server = await startOpenAIServer(script);
  const client = createOpenAI({ apiKey: SECRET, baseURL: server.url, clock });
  t.teardown(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}

/** Waits for real input and output, not for time: the test's own timeout bounds it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The ProviderError that `work` fails with; its own text and its causes' are checked for secrets. */
export async function failure(t: Test, work: Promise<unknown>): Promise<ProviderError> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    t.equal(error.cause, undefined, 'no cause that would carry a request or an answer');
    const all = `${error.stack} ${JSON.stringify(error)} ${Object.values(error).join(' ')}`;
    t.notMatch(all, /sk-|my week|my secr|Incorrect API/, 'neither key nor words');
    return error;
  }
  throw new Error('it did not fail');
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
