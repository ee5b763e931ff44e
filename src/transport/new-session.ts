import type { ClientSecret, CreateSessionRequest, Session } from '../../protocol/index.ts';
import { InvalidInput } from '../errors.ts';
import type { TransportParts } from './context.ts';

const DEFAULT_LANGUAGE = 'en-US';

/** The secret outlives the session's time by this, so that its transcript and summary can be fetched, ms. */
const SECRET_GRACE_MS = 24 * 3600 * 1000;

/** Creates a session. @throws InvalidInput naming `model`, `voice` or `max_duration_seconds`. */
export async function newSession(parts: TransportParts, wanted: CreateSessionRequest): Promise<Session> {
  const { models, voices, limits } = parts;
  const model = wanted.model ?? models.default;
  if (!models.has(model)) throw new InvalidInput('there is no such model: see GET /api/models', 'model');
  const voice = wanted.voice ?? voices[0] ?? 'default';
  if (voices.length > 0 && !voices.includes(voice)) {
    throw new InvalidInput(`there is no such voice; there are: ${voices.join(', ')}`, 'voice');
  }
  const seconds = wanted.max_duration_seconds ?? limits.session_seconds;
  if (seconds > limits.session_seconds) {
    throw new InvalidInput(`a session lasts at most ${limits.session_seconds} s here`, 'max_duration_seconds');
  }
  return parts.registry.create({
    model,
    voice,
    language: wanted.language ?? DEFAULT_LANGUAGE,
    goal: wanted.goal?.trim() || null,
    greeting: wanted.greeting ?? false,
    max_duration_seconds: seconds,
    max_messages: limits.session_messages,
  });
}

/** The session's own token. */
export async function secretFor(parts: TransportParts, session: Session): Promise<ClientSecret> {
  const expires = Date.parse(session.created_at) + session.max_duration_seconds * 1000 + SECRET_GRACE_MS;
  return {
    value: await parts.tokens.sessionSecret(session.id, expires),
    expires_at: new Date(expires).toISOString(),
  };
}
