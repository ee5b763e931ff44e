/** What the callers say: the embedded voice, so that a real voice detector takes it for a person. */
import { createEmbeddedSpeech } from '../src/providers/embedded/speech.ts';

export const RATE = 16_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (RATE * FRAME_MS) / 1000;
/** The deliberate pause that both servers are told to wait. */
export const HANGOVER_MS = 300;
export const SPEECH_MS = 2_100;

const TEXT = 'I have finally started to go running in the morning again';
/** Below this (root mean square of a frame) the voice has ended. */
const QUIET = 200;
/** Of the hiss of a muted microphone. */
const HISS = 6;

/** Frames of `SPEECH_MS` of speech that end in speech, and one frame of near silence. */
export async function callerAudio(): Promise<{ speech: Int16Array[]; silence: Int16Array }> {
  const voice = createEmbeddedSpeech();
  const parts: Int16Array[] = [];
  const options = { voice: 'slt', language: 'en-US', signal: new AbortController().signal };
  for await (const { samples } of voice.open().synthesize(TEXT, options)) parts.push(samples);
  await voice.close();
  const frames = split(parts);
  const last = frames.findLastIndex((frame) => rms(frame) >= QUIET) + 1;
  const speech = frames.slice(Math.max(0, last - SPEECH_MS / FRAME_MS), last);
  if (speech.length !== SPEECH_MS / FRAME_MS) throw new Error('the sentence is shorter than 2.1 s');
  const silence = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => ((i * 7919) % (2 * HISS + 1)) - HISS);
  return { speech, silence };
}

function split(parts: Int16Array[]): Int16Array[] {
  const all = Int16Array.from(parts.flatMap((part) => [...part]));
  const frames: Int16Array[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES)
    frames.push(all.slice(at, at + FRAME_SAMPLES));
  return frames;
}

export function rms(frame: Int16Array): number {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return Math.sqrt(sum / frame.length);
}
