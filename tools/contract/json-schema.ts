import * as z from 'zod';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** JSON Schema 2020-12 of what may be written: fields with defaults are optional, extra keys are allowed. */
export function jsonSchema(schema: z.ZodType): Json {
  const {
    $schema: _dialect,
    '~standard': _standard,
    ...rest
  } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema: node }) => {
      // A format says it; zod's own expression for it is unreadable and changes between its versions.
      if (node.format !== undefined) delete node.pattern;
    },
  });
  return z.json().parse(rest);
}
