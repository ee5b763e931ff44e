/** A command line or a script that cannot be followed; the message names the argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The session could not be held; the message is a sentence for people. */
export class TalkError extends Error {
  override readonly name = 'TalkError';
}
