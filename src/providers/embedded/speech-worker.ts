/** The thread in which flite speaks. One instance of the program speaks one piece of text; the next one is made ahead. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareWasi } from './wasi.ts';

export interface SpeechJob {
  id: number;
  text: string;
  voice: string;
}

/** `samples` holds 16-bit mono at 16 kHz; it is transferred. */
export type SpeechDone = { id: number; samples: ArrayBuffer } | { id: number; error: string };

export interface SpeechWorkerData {
  module: WebAssembly.Module;
}

const WAV_HEADER_BYTES = 44;
const PER_MS = 16;
/** The voice's own hiss stays below this; the softest consonants do not. */
const AUDIBLE = 150;
const LEAD_MS = 20;
/** Long enough that a sentence does not run into the next one. */
const TAIL_MS = 120;

const { module }: SpeechWorkerData = workerData;
let flite = prepareWasi(module);

/** flite begins with 200 ms of silence, which the listener would wait through, and ends with as much. */
function trim(samples: Int16Array): Int16Array<ArrayBuffer> {
  const audible = (sample: number) => Math.abs(sample) > AUDIBLE;
  const first = samples.findIndex(audible);
  if (first < 0) return new Int16Array();
  const last = samples.findLastIndex(audible);
  return new Int16Array(samples.slice(Math.max(0, first - LEAD_MS * PER_MS), last + 1 + TAIL_MS * PER_MS));
}

function speak({ text, voice }: SpeechJob): ArrayBuffer {
  const { status, file, output } = flite(['flite', '-voice', voice, '-t', text, '-o', 'out.wav']);
  if (status !== 0 || file.length < WAV_HEADER_BYTES) throw new Error(`flite: status ${status} ${output}`);
  const samples = (file.length - WAV_HEADER_BYTES) >> 1;
  return trim(new Int16Array(file.buffer, file.byteOffset + WAV_HEADER_BYTES, samples)).buffer;
}

parentPort?.on('message', (job: SpeechJob) => {
  let done: SpeechDone;
  try {
    done = { id: job.id, samples: speak(job) };
  } catch (error) {
    done = { id: job.id, error: String(error) };
  }
  parentPort?.postMessage(done, 'samples' in done ? [done.samples] : []);
  flite = prepareWasi(module);
});
