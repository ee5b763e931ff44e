/** `npm run talk`: a session with the coach, from the terminal. */
import { readFile, writeFile } from 'node:fs/promises';
import { loadResamplers } from '../../src/audio/resample.ts';
import { parseWav, writeWav } from '../../src/audio/wav.ts';
import { systemClock } from '../../src/clock.ts';
import { UsageError } from './errors.ts';
import { type CommandLine, HELP, readCommandLine } from './options.ts';
import { report } from './report.ts';
import { DEFAULT_LINES, parseScript } from './script.ts';
import { startServer } from './server.ts';
import { type TalkEvent, type TalkOptions, type TalkResult, talk } from './session.ts';
import { Show } from './show.ts';

const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const given = readCommandLine(args);
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const what = await whatToSay(given);
  const columns = process.stdout.isTTY ? process.stdout.columns : null;
  const show = new Show({ write: (text) => process.stdout.write(text), columns });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Interrupted()));
  process.once('SIGTERM', () => stop.abort(new Interrupted()));
  if (given.url === null && !given.json) show.text('starting a server\n');
  const server = given.url === null ? await startServer(systemClock, stop.signal) : null;
  try {
    const result = await talk({
      url: server?.url ?? given.url ?? '',
      ...what,
      ...(given.token === null ? {} : { token: given.token }),
      ...(given.goal === null ? {} : { goal: given.goal }),
      greeting: given.greeting,
      voice: given.voice,
      max_seconds: given.max_seconds,
      signal: stop.signal,
      onEvent: given.json ? printJson : (event) => show.event(event),
    });
    await finish(given, result, show);
    return well(result) ? 0 : 1;
  } catch (error) {
    show.text('');
    throw error;
  } finally {
    await server?.stop();
  }
}

/** The session came to its goodbye, or the script to its end, without a failure of the server. */
function well({ end_reason, errors }: TalkResult): boolean {
  if (errors.some(({ type }) => type === 'server_error')) return false;
  return end_reason === null || end_reason === 'user_confirmed';
}

async function whatToSay({ wav, script }: CommandLine): Promise<Pick<TalkOptions, 'lines' | 'wav'>> {
  if (wav !== null) {
    await loadResamplers();
    try {
      return { wav: parseWav(await read('--wav', wav)) };
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`--wav ${wav}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (script === null) return { lines: DEFAULT_LINES };
  const lines = (await read('--script', script)).toString('utf8').split(/\r?\n/);
  parseScript(lines, `--script ${script}`);
  return { lines };
}

async function read(argument: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why = { ENOENT: 'there is no such file', EISDIR: 'that is a directory', EACCES: 'it may not be read' }[code];
    throw new UsageError(`${argument} ${file}: ${why ?? `it cannot be read (${code})`}`);
  }
}

async function finish({ out, json }: CommandLine, result: TalkResult, show: Show): Promise<void> {
  const { audio, ...told } = result;
  if (out !== null) await save(out, audio);
  if (json) return print({ type: 'talk.done', ...told });
  show.text(report(result));
  if (out !== null) show.text(`the coach's side: ${out} (${(audio.samples.length / audio.rate).toFixed(1)} s)\n`);
}

async function save(out: string, audio: TalkResult['audio']): Promise<void> {
  try {
    await writeFile(out, writeWav(audio.samples, audio.rate));
  } catch (error) {
    throw new Error(`--out ${out}: it cannot be written (${error instanceof Error ? error.message : error})`);
  }
}

/** The server's events as they are; ours beside them. */
function printJson(event: TalkEvent): void {
  if (event.type === 'talk.event') print({ at_ms: event.at_ms, ...event.event });
  else print(event);
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

class Interrupted extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = INTERRUPTED;
  else {
    process.stderr.write(`talk: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
    if (error instanceof UsageError) process.stderr.write('`npm run talk -- --help` tells what there is.\n');
  }
}
