/** The thread in which one uploaded file is decoded; it may be ended at any moment. */
import { parentPort, workerData } from 'node:worker_threads';
import { KukuError } from '../errors.ts';
import { decodeAs } from './decoders.ts';
import type { AudioFileKind } from './sniff.ts';

export interface DecodeJob {
  kind: AudioFileKind;
  bytes: Uint8Array;
}

export type DecodeResult = { samples: Int16Array } | { unsupported: boolean; message: string };

async function run(job: DecodeJob): Promise<DecodeResult> {
  try {
    return { samples: await decodeAs(job.kind, job.bytes) };
  } catch (error) {
    // The libraries' own messages are theirs to read; only ours go to the caller.
    const ours = error instanceof KukuError;
    return {
      unsupported: ours && error.code === 'unsupported_audio',
      message: ours ? error.message : 'the audio is broken and cannot be decoded',
    };
  }
}

const result = await run(workerData);
const memory = 'samples' in result ? result.samples.buffer : null;
parentPort?.postMessage(result, memory instanceof ArrayBuffer ? [memory] : []);
