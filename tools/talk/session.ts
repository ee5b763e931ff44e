/** One session from its creation to its end, held by a person who speaks, listens and waits: the library. */
import { createSession, endSession, type Session } from '../../protocol/index.ts';
import { systemClock } from '../../src/clock.ts';
import { reason, TalkError } from './errors.ts';
import { Person } from './person.ts';
import { parseScript } from './script.ts';
import type { TalkOptions, TalkResult } from './types.ts';
import { resampled, SPOKEN_RATE, speakLines } from './voice.ts';

export type { Turn } from './ledger.ts';
export type { TalkEvent, TalkOptions, TalkResult } from './types.ts';

/**
 * Holds a session from its creation to its goodbye or the script's end (it is then ended over REST).
 * @throws UsageError for a script that cannot be followed; TalkError when the server cannot be reached, hangs up or takes
 * too long; ProviderError `engine_missing` without the embedded voice; the signal's reason.
 */
export async function talk(options: TalkOptions): Promise<TalkResult> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const steps = options.wav === undefined ? parseScript(options.lines ?? [], 'lines') : [];
  const spoken = steps.filter(({ how }) => how === 'spoken').map(({ text }) => text);
  const samples = await speakLines(spoken, options.voice ?? 'slt', signal);
  const created = await create(options);
  const { session, client_secret } = created;
  const person = new Person(options, session.id, client_secret.value, clock);
  try {
    await person.connect();
    if (options.wav !== undefined) {
      await person.play(resampled(options.wav.samples, options.wav.rate, SPOKEN_RATE));
    }
    for (const step of steps) {
      await person.say(step, step.how === 'spoken' ? (samples.shift() ?? new Int16Array()) : null);
      if (person.floor.over) break;
    }
    await person.hearTheEnd();
  } finally {
    person.leave();
  }
  const ended = await ending(options, person, session.id, client_secret.value);
  return person.result(session.id, ended);
}

async function create({ url, token, goal, greeting = false }: TalkOptions) {
  try {
    const body = { greeting, ...(goal === undefined ? {} : { goal }) };
    return await createSession(url, body, token === undefined ? {} : { token });
  } catch (error) {
    throw new TalkError(`no session at ${url}: ${reason(error)}`);
  }
}

/** The session as it is left behind; one that is not over is ended, so that it does not wait for anybody. */
async function ending(options: TalkOptions, person: Person, id: string, token: string): Promise<Session | null> {
  if (person.ledger.end_reason !== null) return person.ledger.session;
  return endSession(options.url, id, { token }).catch(() => null);
}
