/** A command line or a script that cannot be followed; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The session could not be held; the message is a sentence for people. */
export class TalkError extends Error {
  override readonly name = 'TalkError';
}

/** What fetch says is in its cause: the bare message is "fetch failed". */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return code === 'ECONNREFUSED' ? 'nobody listens there' : cause.message || code || error.message;
}
