/** The command line of `npm run talk`. */
import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import { VOICES } from './voice.ts';

export interface CommandLine {
  help: boolean;
  /** Null: a server is started. */
  url: string | null;
  token: string | null;
  wav: string | null;
  script: string | null;
  voice: string;
  out: string | null;
  json: boolean;
  goal: string | null;
  greeting: boolean;
  max_seconds: number;
}

export const HELP = `Talks with the coach: speaks a script or a recording into a session, and shows what comes of it.

  npm run talk -- [options]

  --url URL          a running server, e.g. http://127.0.0.1:3000 (default: starts one, and stops it at the end)
  --token TOKEN      an access token for it (default: an anonymous session)
  --script FILE      what to say, one line a turn (default: six lines that come to the goodbye):
                       # a comment         !wait 3        3 s of silence before the next line
                       !text typed words   !interrupt 1.5 the next line is said 1.5 s into the reply
  --wav FILE         a recording to play instead of a script
  --voice NAME       who speaks the script: ${VOICES.join(', ')} (default: ${VOICES[0]})
  --goal TEXT        what the session is for
  --greeting         the coach speaks first
  --out FILE         writes the coach's side to a WAV file
  --json             one JSON event a line instead of text
  --max-seconds N    gives up after this long (default: 300)
  --help             this text

Ends with 0 when the session came to its goodbye or the script was done, with 1 when it could not be held, with 2 when
the arguments are wrong.
`;

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  url: { type: 'string' },
  token: { type: 'string' },
  wav: { type: 'string' },
  script: { type: 'string' },
  voice: { type: 'string', default: VOICES[0] },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  goal: { type: 'string' },
  greeting: { type: 'boolean', default: false },
  'max-seconds': { type: 'string', default: '300' },
} as const;

const MAX_SECONDS = 14_400;
const MAX_GOAL_CHARS = 500;

/** @throws UsageError naming the argument. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parsed(args);
  const { help, url, token, wav, script, voice, out, json, goal, greeting } = values;
  const seconds = values['max-seconds'];
  for (const [name, value] of Object.entries(values)) {
    if (value === '') throw new UsageError(`--${name} is empty`);
  }
  if (url !== undefined && !isHttp(url)) throw new UsageError('--url needs an address such as http://127.0.0.1:3000');
  if (wav !== undefined && script !== undefined) throw new UsageError('--wav and --script: give one of them');
  if (!VOICES.some((name) => name === voice)) throw new UsageError(`--voice knows ${VOICES.join(', ')}`);
  if (goal !== undefined && goal.length > MAX_GOAL_CHARS) {
    throw new UsageError(`--goal has more than ${MAX_GOAL_CHARS} characters`);
  }
  const max_seconds = /^\d+$/.test(seconds) ? Number(seconds) : 0;
  if (max_seconds < 1 || max_seconds > MAX_SECONDS) {
    throw new UsageError(`--max-seconds needs a whole number, 1 to ${MAX_SECONDS}`);
  }
  return {
    help,
    url: url ?? null,
    token: token ?? null,
    wav: wav ?? null,
    script: script ?? null,
    voice,
    out: out ?? null,
    json,
    goal: goal ?? null,
    greeting,
    max_seconds,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Node's first sentence names the argument; the others are about dashes.
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(why.split(/\. |\n/)[0] ?? why);
  }
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
