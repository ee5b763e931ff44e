/** What can be wrong with audio somebody sent, as it looks on the wire. */
import { InvalidInput, KukuError } from '../errors.ts';

/** 400 `invalid_audio`, naming `audio`: the bytes are not the audio they claim to be, or more than may be sent. */
export function invalidAudio(message: string): InvalidInput {
  return new InvalidInput(message, 'audio', 'invalid_audio');
}

/** 415 `unsupported_audio`, naming `audio`: well-formed perhaps, but nothing this server decodes. */
export function unsupportedAudio(message: string): KukuError {
  return new KukuError(message, {
    code: 'unsupported_audio',
    status: 415,
    param: 'audio',
    fields: [{ field: 'audio', message }],
  });
}
