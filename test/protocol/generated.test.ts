import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import * as z from 'zod';
import { drifted, GENERATED, generate } from '../../tools/contract/generate.ts';

const files = generate();

t.test('the generated contract is what the schemas say', async (t) => {
  t.same(await drifted(files, GENERATED), [], 'run: npm run contract');
  t.same([...generate()], [...files], 'twice the same bytes');
});

t.test('a changed or missing file is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await cp(GENERATED, folder, { recursive: true });
  const url = pathToFileURL(`${folder}/`);
  t.same(await drifted(files, url), []);
  await writeFile(join(folder, 'rest.schema.json'), '{}');
  await rm(join(folder, 'asyncapi.json'));
  t.same((await drifted(files, url)).sort(), ['asyncapi.json', 'rest.schema.json']);
});

const node = z.record(z.string(), z.unknown());
const message = z.object({ name: z.string(), summary: z.string().min(5), payload: node });
const operation = z.object({
  action: z.enum(['send', 'receive']),
  channel: z.object({ $ref: z.string() }),
  messages: z.array(z.object({ $ref: z.string() })),
});
const asyncApi = z.object({
  asyncapi: z.literal('3.0.0'),
  channels: z.record(z.string(), z.object({ address: z.string(), messages: node, bindings: z.object({ ws: node }) })),
  operations: z.record(z.string(), operation),
  components: z.object({ messages: z.record(z.string(), message) }),
});

function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsOf(inner),
  );
}

/** Follows `#/a/b` by hand, with the escapes of JSON Pointer. */
function resolve(root: unknown, ref: string): unknown {
  let here = root;
  for (const part of ref.replace(/^#\//, '').split('/')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.entries(here).find(([key]) => key === part)?.[1];
  }
  return here;
}

for (const [file, text] of files) {
  t.test(`${file}: every reference leads somewhere`, (t) => {
    const json: unknown = JSON.parse(text);
    const refs = [...new Set(refsOf(json))];
    t.equal(refs.length > 10, file !== 'rest.schema.json', 'bodies stand alone');
    t.same(
      refs.filter((ref) => resolve(json, ref) === undefined),
      [],
    );
    t.end();
  });
}

t.test('asyncapi.json has both addresses, both directions, and a summary for each message', (t) => {
  const api = asyncApi.parse(JSON.parse(files.get('asyncapi.json') ?? 'null'));
  t.same(
    Object.values(api.channels).map((channel) => channel.address),
    ['/api/sessions/{sessionId}/stream', '/v1/realtime'],
  );
  t.same(Object.keys(api.operations), ['streamReceive', 'streamSend', 'realtimeReceive', 'realtimeSend']);
  const lead = (name: string) => api.operations[name]?.messages.map((ref) => ref.$ref.split('/').at(-1)) ?? [];
  t.ok(lead('streamReceive').includes('coach.playout'));
  t.notOk(lead('streamReceive').includes('coach.resumed'));
  t.ok(lead('realtimeSend').includes('coach.resumed'));
  t.end();
});
