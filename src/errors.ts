/**
 * Typed errors. Each knows its stable `code`, whether trying again can help, and how it looks on the wire:
 * as RFC 9457 over HTTP (`status`), as an `error` event on the socket (`type`).
 */
export type WireErrorType = 'invalid_request_error' | 'rate_limit_error' | 'authentication_error' | 'server_error';

export interface FieldError {
  /** Dotted path of the offending field, e.g. `audio.input.format.rate`. */
  field: string;
  message: string;
}

export interface KukuErrorOptions {
  code: string;
  status?: number;
  type?: WireErrorType;
  retryable?: boolean;
  /** The field at fault, as it is named on the wire. */
  param?: string | null;
  fields?: FieldError[];
  cause?: unknown;
}

export class KukuError extends Error {
  readonly code: string;
  readonly status: number;
  readonly type: WireErrorType;
  readonly retryable: boolean;
  readonly param: string | null;
  readonly fields: FieldError[];

  constructor(message: string, options: KukuErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status ?? 500;
    this.type = options.type ?? (this.status >= 500 ? 'server_error' : 'invalid_request_error');
    this.retryable = options.retryable ?? false;
    this.param = options.param ?? null;
    this.fields = options.fields ?? [];
  }
}

/** An error's name and place, for logs: its message may quote what was said, on as many lines as it likes. */
export function nameAndPlace(error: unknown): { error: string; at: string | null } {
  if (!(error instanceof Error)) return { error: typeof error, at: null };
  const { name, message, stack = '' } = error;
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  return { error: name, at: /^\s+at (.+:\d+:\d+\)?)$/m.exec(frames)?.[1] ?? null };
}

/** The caller sent something that can never work: 400, naming the field. */
export class InvalidInput extends KukuError {
  constructor(message: string, param: string | null, code = 'invalid_value') {
    super(message, { code, status: 400, param, fields: param === null ? [] : [{ field: param, message }] });
  }
}

/** Also what somebody else's session looks like: 404, so that ids cannot be probed. */
export class NotFound extends KukuError {
  constructor(what = 'session') {
    super(`no such ${what}`, { code: `${what}_not_found`, status: 404 });
  }
}

export class SessionEnded extends KukuError {
  constructor() {
    super('the session has ended; nothing can be added to it', { code: 'session_ended', status: 409 });
  }
}

/** Another writer took the session over (its epoch is higher); this one must stop at once. */
export class StaleEpoch extends KukuError {
  constructor() {
    super('this instance no longer owns the session', { code: 'stale_epoch', status: 409, retryable: true });
  }
}

/** A provider (transcription, coach, speech) failed or was too slow; another try or a fallback may work. */
export class ProviderError extends KukuError {
  readonly provider: string;
  /** How long the provider asked to be left alone, milliseconds; null when it did not say. */
  readonly retry_after_ms: number | null;
  constructor(
    provider: string,
    message: string,
    options: Partial<KukuErrorOptions> & { retry_after_ms?: number | null } = {},
  ) {
    super(`${provider}: ${message}`, { code: 'provider_failed', status: 502, retryable: true, ...options });
    this.provider = provider;
    this.retry_after_ms = options.retry_after_ms ?? null;
  }
}

/** Work was given up because nobody needs it any more: barge-in, hang-up, shutdown. Never shown to anyone. */
export class Cancelled extends KukuError {
  constructor(why = 'cancelled') {
    super(why, { code: 'cancelled', status: 499 });
  }
}
