/** Small schemas and bounds that events and REST bodies share. */
import * as z from 'zod';

/** Longest text of one user message, characters. */
export const MAX_TEXT_CHARS = 4000;
/** Longest `event_id` a client may give its own events, characters (OpenAI's bound). */
export const MAX_EVENT_ID_CHARS = 512;
/** Upper bound of any position in audio, ms: one day. */
export const MAX_AUDIO_MS = 86_400_000;

/** Id of a session, item, response or user: letters, digits, `_` and `-`, at most 64. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ description: 'An id: 1 to 64 letters, digits, _ or -.' });

/** Server event id; N grows through the life of a session, across connections and instances. */
export const eventId = z
  .string()
  .regex(/^evt_[0-9]{1,15}$/)
  .meta({ description: 'evt_N, N growing by one or more through the life of the session.' });

/** Name of a model or a voice: printable ASCII, at most 64 characters. */
export const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[ -~]+$/);

/** BCP 47 language tag in the shapes people use: `en`, `en-US`, `zh-Hant-TW`. */
export const language = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/)
  .meta({ description: 'BCP 47 language tag, e.g. en-US.' });

/** RFC 3339 time in UTC. */
export const timestamp = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });

/** Position in audio or length of it, milliseconds; fractions allowed. */
export const audioMs = z.number().min(0).max(MAX_AUDIO_MS);

/** A measured duration, milliseconds; fractions allowed. */
export const durationMs = z.number().min(0);

export const count = z.int().min(0);
