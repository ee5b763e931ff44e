/** Audio files that people upload, of any of the kinds in PROTOCOL.md, to samples. */
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../clock.ts';
import type { DecodeJob, DecodeResult } from './decode-worker.ts';
import { DECODED_RATE, decodeAs } from './decoders.ts';
import { invalidAudio, unsupportedAudio } from './errors.ts';
import { sniff } from './sniff.ts';

export interface DecodedFile {
  /** 16 kHz, mono. */
  samples: Int16Array;
  duration_ms: number;
}

/** WAV up to this size is a few milliseconds of work and is done at once. */
const INLINE_WAV_BYTES = 512 * 1024;
/** Thirty minutes of anything decode in well under this; what takes longer was made to. */
const DEADLINE_MS = 30_000;
/** Threads at once: uploads wait for one another rather than take the cores from live sessions. */
const MAX_THREADS = 2;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * WAV, MP3, M4A (AAC, ALAC), AAC, Ogg (Opus, Vorbis), WebM (Opus), FLAC, told apart by content; at most 30 minutes.
 * A file that is cut gives what is whole of it, or the error when nothing is.
 * @throws InvalidInput `invalid_audio` (400, param `audio`); KukuError `unsupported_audio` (415, param `audio`).
 */
export async function decodeAudioFile(bytes: Uint8Array, clock: Clock = systemClock): Promise<DecodedFile> {
  if (bytes.length === 0) throw invalidAudio('the file is empty');
  const kind = sniff(bytes);
  if (kind === null) throw unsupportedAudio('not WAV, MP3, M4A, Ogg, WebM or FLAC audio');
  const inline = kind === 'wav' && bytes.length <= INLINE_WAV_BYTES;
  const samples = inline ? await decodeAs(kind, bytes) : await decodeInThread({ kind, bytes }, clock);
  return { samples, duration_ms: Math.round((samples.length / DECODED_RATE) * 1000) };
}

async function decodeInThread(job: DecodeJob, clock: Clock): Promise<Int16Array> {
  if (running >= MAX_THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    const result = await inThread(job, clock);
    if ('samples' in result) return result.samples;
    throw result.unsupported ? unsupportedAudio(result.message) : invalidAudio(result.message);
  } finally {
    // A place is handed on rather than given back, so that none who comes between takes it.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function inThread(job: DecodeJob, clock: Clock): Promise<DecodeResult> {
  const failed: DecodeResult = { unsupported: false, message: 'the audio is broken and cannot be decoded' };
  return new Promise((resolve) => {
    // stdout and stderr are kept from the process's own: the libraries print what they dislike about a file.
    const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), {
      workerData: job,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const settle = (result: DecodeResult) => {
      cancel();
      resolve(result);
      void worker.terminate();
    };
    const cancel = clock.after(DEADLINE_MS, () =>
      settle({ unsupported: false, message: 'the audio takes too long to decode' }),
    );
    worker.once('message', settle);
    worker.once('error', () => settle(failed));
    worker.once('exit', () => settle(failed));
  });
}
