import type { SessionConfig, TurnDetection, AudioFormat as WireFormat } from '../../protocol/index.ts';
import { voiceName } from '../../protocol/index.ts';
import type { AudioFormat } from '../audio/format.ts';
import type { Detection } from '../conversation/endpointing.ts';
import { InvalidInput } from '../errors.ts';
import type { Settings } from './state.ts';

/** OpenAI's default for `server_vad`, ms of silence. */
const SERVER_VAD_SILENCE_MS = 500;

export interface Wanted {
  settings: Settings;
  voice: string;
  language: string;
}

/**
 * What is in force after a `session.update`. Throws InvalidInput naming the field. `voices`: those there are
 * (undefined: any); a voice of another service is passed over, as its instructions and tools are.
 */
export function applyUpdate(now: Wanted, config: SessionConfig, voices: readonly string[] | undefined): Wanted {
  const input = config.audio?.input;
  const output = config.audio?.output;
  const voice = output?.voice === undefined ? now.voice : voiceName(output.voice);
  return {
    settings: {
      input_format: supported(input?.format, 'session.audio.input.format.type') ?? now.settings.input_format,
      output_format: supported(output?.format, 'session.audio.output.format.type') ?? now.settings.output_format,
      turn_detection: input?.turn_detection === undefined ? now.settings.turn_detection : inForce(input.turn_detection),
      noise_reduction: input?.noise_reduction === undefined ? now.settings.noise_reduction : input.noise_reduction,
    },
    voice: voices === undefined || voices.includes(voice) ? voice : now.voice,
    language: input?.transcription?.language ?? now.language,
  };
}

function supported(format: WireFormat | undefined, param: string): WireFormat | undefined {
  if (format?.type === 'audio/opus') throw new InvalidInput('audio/opus is not available on this server', param);
  return format;
}

/** The codec's view of a wire format; `supported` let no other in. */
export function codecFormat(format: WireFormat): AudioFormat {
  if (format.type === 'audio/opus') throw new InvalidInput('audio/opus is not available on this server', 'format');
  return format;
}

function inForce(wanted: TurnDetection): TurnDetection {
  if (wanted === null) return null;
  const common = {
    create_response: wanted.create_response ?? true,
    interrupt_response: wanted.interrupt_response ?? true,
  };
  if (wanted.type === 'semantic_vad') return { ...common, type: 'semantic_vad', eagerness: wanted.eagerness ?? 'auto' };
  return {
    ...common,
    type: 'server_vad',
    threshold: wanted.threshold ?? 0.5,
    prefix_padding_ms: wanted.prefix_padding_ms ?? 300,
    silence_duration_ms: wanted.silence_duration_ms ?? SERVER_VAD_SILENCE_MS,
  };
}

/** What the listener goes by. */
export function detection(wanted: TurnDetection): Detection | null {
  if (wanted === null) return null;
  if (wanted.type === 'server_vad') {
    return { type: 'server_vad', silence_duration_ms: wanted.silence_duration_ms ?? SERVER_VAD_SILENCE_MS };
  }
  const { eagerness = 'auto' } = wanted;
  return { type: 'semantic_vad', eagerness: eagerness === 'auto' ? 'medium' : eagerness };
}
