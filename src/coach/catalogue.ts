/**
 * The catalogue of coaching models, validated. No model's name is in code: sessions name an entry, and the entry says
 * what runs behind it. The file is read, and the environment looked up, by whoever calls this.
 */
import { z } from 'zod';
import { type FieldError, KukuError } from '../errors.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/i, 'expected a name of letters, digits, dots, dashes');
/** US dollars per million tokens. */
const dollars = z.number().min(0);
const common = {
  description: z.string().min(1).optional(),
  /** Which wording of the prompt it is meant for; figures of different versions are not compared. */
  prompt_version: z.string().min(1),
  /** Share among models when a session names none; 0: only by name. Checked here, not drawn by yet. */
  weight: z.number().min(0).default(0),
  /** The entry that takes over when this one fails. Checked here; so far the chain of `COACH` alone decides. */
  fallback: name.optional(),
  retires_at: z.iso.datetime().optional(),
};

const entry = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('openai'),
    /** The provider's id: from the environment where it is private, else `base`. */
    upstream: z.strictObject({
      env: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of an environment variable')
        .optional(),
      base: z.string().min(1),
    }),
    /** 0..2; the provider's own default when left out. */
    temperature: z.number().min(0).max(2).optional(),
    price: z.strictObject({ input: dollars, cached_input: dollars.optional(), output: dollars }),
    ...common,
  }),
  z.strictObject({ provider: z.literal('embedded'), ...common }),
]);

const file = z.strictObject({
  models: z.record(name, entry),
  /** What OpenAI (or a server like it) transcribes with. `stream`: it can send partials by SSE. */
  transcription: z.strictObject({ model: z.string().min(1), stream: z.boolean().default(false) }),
  /** What it speaks with; the first voice is the default. */
  speech: z.strictObject({ model: z.string().min(1), voices: z.array(name).min(1) }),
});

export interface CatalogueModel {
  name: string;
  provider: 'openai' | 'embedded';
  description: string | null;
  /** What the provider knows it by; null for the embedded coach. */
  upstream: string | null;
  temperature: number | null;
  prompt_version: string;
  /** US dollars per million tokens; null where there is nothing to pay. */
  price: { input: number; cached_input: number; output: number } | null;
  weight: number;
  fallback: string | null;
  /** RFC 3339. */
  retires_at: string | null;
}

export interface Catalogue {
  /** In the file's order. */
  readonly models: readonly CatalogueModel[];
  /** Null when there is no such entry. */
  lookup(name: string): CatalogueModel | null;
  readonly transcription: { model: string; stream: boolean };
  readonly speech: { model: string; voices: string[] };
}

/**
 * `json`: the parsed file. `env`: looks a variable up; '' counts as unset.
 * @throws KukuError `invalid_catalogue`, with each offending field
 */
export function parseCatalogue(
  json: unknown,
  env: (variable: string) => string | undefined = () => undefined,
): Catalogue {
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.') || 'file', message })),
    );
  }
  const models = Object.entries(parsed.data.models).map(([key, one]): CatalogueModel => {
    const paid = one.provider === 'openai' ? one : null;
    const variable = paid?.upstream.env;
    const { input = 0, cached_input = input, output = 0 } = paid?.price ?? {};
    return {
      name: key,
      provider: one.provider,
      description: one.description ?? null,
      upstream: paid && ((variable && env(variable)?.trim()) || paid.upstream.base),
      temperature: paid?.temperature ?? null,
      prompt_version: one.prompt_version,
      price: paid && { input, cached_input, output },
      weight: one.weight,
      fallback: one.fallback ?? null,
      retires_at: one.retires_at ?? null,
    };
  });
  const byName = new Map(models.map((model) => [model.name, model]));
  const problems = models.length === 0 ? [{ field: 'models', message: 'expected at least one model' }] : [];
  problems.push(...models.flatMap((model) => fallbackProblem(model, byName)));
  if (problems.length > 0) throw invalid(problems);
  const { transcription, speech } = parsed.data;
  return { models, transcription, speech, lookup: (wanted) => byName.get(wanted) ?? null };
}

function fallbackProblem(model: CatalogueModel, byName: Map<string, CatalogueModel>): FieldError[] {
  const field = `models.${model.name}.fallback`;
  if (model.fallback !== null && !byName.has(model.fallback))
    return [{ field, message: `no model is named ${model.fallback}` }];
  const seen = new Set<string>();
  for (let at: CatalogueModel | undefined = model; at?.fallback; at = byName.get(at.fallback)) {
    if (seen.has(at.name)) return [{ field, message: 'the fallbacks go round in a circle' }];
    seen.add(at.name);
  }
  return [];
}

function invalid(fields: FieldError[]): KukuError {
  const [first] = fields;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return new KukuError(`the model catalogue is wrong at ${first?.field}: ${first?.message}${more}`, {
    code: 'invalid_catalogue',
    param: first?.field ?? null,
    fields,
  });
}
