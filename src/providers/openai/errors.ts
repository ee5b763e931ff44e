/** What the SDK and the network throw, as ProviderError. Nothing of a request's or an answer's body is in a message. */
import { APIError } from 'openai';
import { KukuError, ProviderError } from '../../errors.ts';

interface Kind {
  code: string;
  retryable: boolean;
}

/** By HTTP status; what is not here is `provider_failed`, worth another try from 500 on. */
const BY_STATUS: Record<number, Kind> = {
  400: { code: 'provider_rejected', retryable: false },
  401: { code: 'provider_auth', retryable: false },
  403: { code: 'provider_auth', retryable: false },
  404: { code: 'provider_no_such_model', retryable: false },
  408: { code: 'provider_timeout', retryable: true },
  413: { code: 'provider_rejected', retryable: false },
  422: { code: 'provider_rejected', retryable: false },
  429: { code: 'provider_rate_limited', retryable: true },
};

/** An answer that is not what was asked for: JSON that does not parse, audio that is none. */
export function broken(provider: string, what: string): ProviderError {
  return new ProviderError(provider, what, { code: 'provider_broken' });
}

/** A stream that ended before its own end. */
export function cut(provider: string): ProviderError {
  return new ProviderError(provider, 'the answer was cut', { code: 'provider_cut' });
}

/** Errors of ours pass; all others are replaced, causes and all, as they may hold keys, headers and bodies. */
export function toProviderError(provider: string, error: unknown): unknown {
  if (error instanceof KukuError) return error;
  if (error instanceof APIError && typeof error.status === 'number') return fromStatus(provider, error);
  if (error instanceof RangeError) return broken(provider, 'the event stream is broken');
  const code = networkCode(error);
  return new ProviderError(provider, code === null ? 'the connection failed' : `the connection failed (${code})`, {
    code: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'provider_timeout' : 'provider_unreachable',
  });
}

function fromStatus(provider: string, error: APIError): ProviderError {
  const status = Number(error.status);
  // An account without credit says 429 too, and will tomorrow.
  const quota = error.code === 'insufficient_quota';
  const kind = quota ? { code: 'provider_quota', retryable: false } : BY_STATUS[status];
  const detail = name(error.code);
  return new ProviderError(provider, `answered ${status}${detail === null ? '' : ` (${detail})`}`, {
    code: kind?.code ?? 'provider_failed',
    retryable: kind?.retryable ?? status >= 500,
    retry_after_ms: retryAfter(error.headers),
  });
}

/** The SDK wraps the network's error once or twice. */
function networkCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = 'code' in at ? name(at.code) : null;
    if (code !== null) return code;
  }
  return null;
}

/** Only what is plainly a code: the field is the other side's to fill. */
function name(code: unknown): string | null {
  return typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(code) ? code : null;
}

/** `retry-after-ms` (OpenAI's own), else Retry-After in seconds. Dates are not sent by these servers. */
function retryAfter(headers: Headers | undefined): number | null {
  for (const [header, unit] of [
    ['retry-after-ms', 1],
    ['retry-after', 1000],
  ] as const) {
    const text = headers?.get(header) ?? '';
    const value = Number.parseFloat(text);
    if (value >= 0) return Math.round(value * unit);
  }
  return null;
}
