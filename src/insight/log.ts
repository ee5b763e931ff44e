import { KukuError, nameAndPlace } from '../errors.ts';
import type { Insight } from './types.ts';

/** The part of a pino logger that is needed here. */
export interface Log {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Tells the log: timings at debug, failures at error. Errors go by name and place, since messages may quote words. */
export function logInsight(log: Log): Insight {
  return {
    turn: (session, timings) => log.debug({ session, ...timings }, 'turn'),
    fault: (session, where, error) => log.error({ session, where, ...nameOf(error) }, 'a session failed'),
  };
}

function nameOf(error: unknown): object {
  return error instanceof KukuError ? { code: error.code } : nameAndPlace(error);
}
