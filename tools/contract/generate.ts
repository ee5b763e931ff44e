/**
 * Writes `protocol/generated/` from the zod schemas. With `--check` it writes nothing and exits 1, naming each file that
 * is not what the schemas say.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { clientEventSchemas, serverEventSchemas } from '../../protocol/index.ts';
import * as rest from '../../protocol/rest.ts';
import { asyncApi } from './asyncapi.ts';
import { type Json, jsonSchema } from './json-schema.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
export const GENERATED = new URL('../../protocol/generated/', import.meta.url);

/** File name -> text. The same schemas always give the same bytes. */
export function generate(): Map<string, string> {
  return new Map(
    Object.entries({
      'events.schema.json': events(),
      'rest.schema.json': bodies(),
      'asyncapi.json': asyncApi(packageJson.version),
    }).map(([file, json]) => [file, `${JSON.stringify(json, null, 1)}\n`]),
  );
}

/** Names of the files in `folder` that are missing or differ from `wanted`. */
export async function drifted(wanted: Map<string, string>, folder: URL): Promise<string[]> {
  const names: string[] = [];
  for (const [file, text] of wanted) {
    const found = await readFile(new URL(file, folder), 'utf8').catch(() => null);
    if (found !== text) names.push(file);
  }
  return names;
}

function events(): Json {
  const $defs: Record<string, Json> = {};
  const side = (name: string, schemas: ReadonlyMap<string, z.ZodType>) => {
    for (const [type, schema] of schemas) $defs[type] = jsonSchema(schema);
    $defs[name] = { oneOf: [...schemas.keys()].map((type) => ({ $ref: `#/$defs/${type}` })) };
  };
  side('ClientEvent', clientEventSchemas);
  side('ServerEvent', serverEventSchemas);
  return { $schema: DIALECT, title: 'Events of the Kuku Coach socket', $defs };
}

function bodies(): Json {
  const $defs: Record<string, Json> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value instanceof z.ZodType) $defs[name] = jsonSchema(value);
  }
  return { $schema: DIALECT, title: 'REST bodies of Kuku Coach', $defs };
}

if (import.meta.main) {
  const files = generate();
  if (process.argv.includes('--check')) {
    const names = await drifted(files, GENERATED);
    for (const name of names) console.error(`protocol/generated/${name} has drifted; run: npm run contract`);
    if (names.length > 0) process.exitCode = 1;
  } else {
    await mkdir(GENERATED, { recursive: true });
    for (const [file, text] of files) await writeFile(new URL(file, GENERATED), text);
  }
}
