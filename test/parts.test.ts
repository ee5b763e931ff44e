/** What settings turn into: which provider really serves a session. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../src/clock.ts';
import { parseCatalogue } from '../src/coach/catalogue.ts';
import { readConfig } from '../src/config.ts';
import { createProviders } from '../src/parts.ts';
import type { CoachRequest } from '../src/providers/types.ts';
import { startOpenAIServer } from './support/openai-server.ts';

const catalogue = parseCatalogue(JSON.parse(readFileSync(new URL('../models.json', import.meta.url), 'utf8')));

t.test('a session on the embedded model sends nothing to a cloud; others go through the chain', async (t) => {
  const server = await startOpenAIServer();
  const dataDir = mkdtempSync(join(tmpdir(), 'kuku-parts-'));
  const config = readConfig({ OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'test', DATA_DIR: dataDir });
  const providers = await createProviders(config, catalogue, systemClock);
  t.teardown(async () => {
    await providers.close();
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const { signal } = new AbortController();
  const ask = async (model: string): Promise<string> => {
    const messages = [{ role: 'user' as const, content: 'I would like to sleep better.' }];
    const request: CoachRequest = { model, task: 'coach', messages, user_turns: 1, goal: null, language: 'en-US' };
    let text = '';
    for await (const delta of providers.coach.reply(request, signal)) text += delta;
    return text;
  };
  t.match(await ask('embedded'), /sleep better/);
  await providers.coach.summarise([{ role: 'user', content: 'I will sleep at ten.' }], 'embedded', signal);
  t.equal(server.requests.length, 0);
  await ask('gpt41mini_hyper2');
  t.equal(server.requests.length, 1);
  t.equal(server.requests[0]?.body.model, 'gpt-4.1-mini', 'under the id that the catalogue gives it');
});

t.test('.env.example names every setting there is', async (t) => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const settings = Object.keys(readConfig({}));
  for (const name of settings) t.match(example, new RegExp(`\\b${name}\\b`), name);
  for (const { name } of catalogue.models) {
    const variable = `KUKU_MODEL_${name.toUpperCase()}`;
    if (catalogue.lookup(name)?.provider === 'openai') t.match(example, variable);
  }
});
