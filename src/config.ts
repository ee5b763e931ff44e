import { z } from 'zod';

/** Every setting that operators rely on (PROTOCOL.md section 4). The only reader of the environment. */

const providers = <const T extends readonly string[]>(names: T) =>
  z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(names)).min(1));

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const url = z.url({ protocol: /^https?$/ });

const settings = {
  HOST: { schema: z.string().min(1).default('127.0.0.1'), example: '0.0.0.0' },
  PORT: { schema: whole(0, 65_535).default(3000), example: '3000' },
  DATA_DIR: { schema: z.string().min(1).default('./data'), example: './data' },
  OPENAI_API_KEY: { schema: z.string().min(1).optional(), example: 'sk-…', secret: true },
  OPENAI_BASE_URL: { schema: url.optional(), example: 'https://api.openai.com/v1' },
  TRANSCRIBER: { schema: providers(['openai', 'embedded']).optional(), example: 'openai,embedded' },
  COACH: { schema: providers(['openai', 'embedded']).optional(), example: 'openai,embedded' },
  SPEECH: { schema: providers(['openai', 'embedded']).optional(), example: 'openai,embedded' },
  MODELS_FILE: { schema: z.string().min(1).optional(), example: './models.json' },
  MODEL: { schema: z.string().min(1).default('gpt41mini_hyper2'), example: 'gpt41mini_hyper2' },
  AUTH: { schema: z.enum(['optional', 'required']).default('optional'), example: 'optional' },
  TOKEN_SECRET: {
    schema: z.string().min(32, 'must have at least 32 characters').optional(),
    example: 'the output of: openssl rand -hex 32',
    secret: true,
  },
  ALLOWED_ORIGINS: {
    schema: z
      .string()
      .transform((text) => text.split(',').map((origin) => origin.trim()))
      .pipe(z.array(z.url()))
      .optional(),
    example: 'https://app.example.com,https://staging.example.com',
  },
  SESSION_MAX_SECONDS: { schema: whole(30, 14_400).default(1800), example: '1800' },
  SESSION_MAX_MESSAGES: { schema: whole(4, 10_000).default(200), example: '200' },
  SESSION_IDLE_SECONDS: { schema: whole(5, 3_600).default(120), example: '120' },
  RATE_LIMITS: { schema: z.enum(['on', 'off']).default('on'), example: 'on' },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    example: 'info',
  },
} satisfies Record<string, { schema: z.ZodType; example: string; secret?: boolean }>;

/** Settings of PROTOCOL.md that this version has nothing behind: set, they stop the start instead of being ignored. */
const NOT_YET: Record<string, string> = {
  REDIS_URL: 'this version keeps sessions in the embedded store only',
  ELEVENLABS_API_KEY: 'this version has no ElevenLabs speech',
  ELEVENLABS_BASE_URL: 'this version has no ElevenLabs speech',
};

type Settings = typeof settings;
type Raw = { [K in keyof Settings]: z.output<Settings[K]['schema']> };

export type Config = Readonly<
  Raw & {
    TRANSCRIBER: readonly ('openai' | 'embedded')[];
    COACH: readonly ('openai' | 'embedded')[];
    SPEECH: readonly ('openai' | 'embedded')[];
  }
>;

/** A setting that cannot be used. The message names it, says what is wrong, and gives an example; never the value. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads and checks the environment. @throws ConfigError with every problem at once. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, why] of Object.entries(NOT_YET)) {
    if (env[name]) problems.push(`${name}: ${why}; leave it unset`);
  }
  for (const [name, { schema, example }] of Object.entries(settings)) {
    const value = env[name] === '' ? undefined : env[name];
    const result = schema.safeParse(value);
    if (result.success) read[name] = result.data;
    else problems.push(`${name}: ${problem(result.error)} (example: ${name}=${example})`);
  }
  const keyed = read.OPENAI_API_KEY !== undefined || read.OPENAI_BASE_URL !== undefined;
  for (const name of ['TRANSCRIBER', 'COACH', 'SPEECH']) {
    const chain = read[name];
    if (Array.isArray(chain) && chain.includes('openai') && !keyed) {
      problems.push(`${name}: openai needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own`);
    }
    read[name] = chain ?? (keyed ? ['openai', 'embedded'] : ['embedded']);
  }
  if (read.AUTH === 'required') problems.push('AUTH: required needs user accounts, which this version does not have');
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(read) as Config;
}

/** What is wrong, without the value: it may be a secret. */
function problem(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'is invalid' : issue.message.replace(/, received .*/, '');
}
