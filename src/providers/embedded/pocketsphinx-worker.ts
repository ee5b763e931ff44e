/** The thread in which PocketSphinx listens to one utterance at a time, as it is spoken. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CepstralMean } from './cepstral-mean.ts';
import type { Heard } from './hypothesis.ts';
import { Recogniser } from './pocketsphinx-engine.ts';

export interface TranscriptionWorkerData {
  cacheDir: string;
  /** One Int32: utterances up to this number are not wanted any more. Seen at once, before messages that wait. */
  abandoned: SharedArrayBuffer;
}

export type ToTranscriptionWorker =
  | { type: 'start'; utterance: number; mean: CepstralMean | null }
  | { type: 'audio'; samples: Int16Array }
  /** The last of it. An abandoned utterance is answered with `free`. */
  | { type: 'finish' };

export type FromTranscriptionWorker =
  | { type: 'ready' }
  | { type: 'partial'; utterance: number; text: string }
  /** `mean`: what to begin this speaker's next utterance with. */
  | { type: 'final'; utterance: number; text: string; no_speech: number; mean: CepstralMean | null }
  | { type: 'free'; utterance: number };

const RATE = 16_000;
/** 200 ms of audio between partials. */
const PARTIAL_SAMPLES = RATE / 5;
/**
 * The engine's memory and its work at the end grow with an utterance, so a long one is heard in parts: from 15 s on it
 * is cut at a pause of 200 ms, at 45 s wherever it is.
 */
const CUT_FROM = 15 * RATE;
const CUT_AT = 45 * RATE;
const PAUSE_SAMPLES = RATE / 5;
/** A pause is 10 dB below the average of the part. */
const PAUSE_SHARE = 0.1;
/** 400 ms of words: less says nothing about how a person sounds. */
const TELLING_FRAMES = 40;

const { cacheDir, abandoned }: TranscriptionWorkerData = workerData;
const abandonedUpTo = new Int32Array(abandoned);
const recogniser = await Recogniser.load(cacheDir);
const send = (message: FromTranscriptionWorker) => parentPort?.postMessage(message);

/** The utterance being heard, and its part that is with the recogniser. */
let utterance = 0;
let parts: Heard[] = [];
let partial = '';
let samplesSincePartial = 0;
let partSamples = 0;
let partEnergy = 0;
let quietSamples = 0;
let before: CepstralMean | null = null;
let open = false;

function beginPart(mean: CepstralMean | null): void {
  before = mean;
  recogniser.start(mean);
  partSamples = 0;
  partEnergy = 0;
  quietSamples = 0;
  open = true;
}

/** Closes the part; returns the mean to go on with: noise teaches the engine nothing good. */
function endPart(): CepstralMean | null {
  open = false;
  const result = recogniser.finish();
  parts.push(result);
  return result.frames >= TELLING_FRAMES ? recogniser.mean() : before;
}

const joined = (last: string) => [...parts.map(({ text }) => text), last].filter(Boolean).join(' ');

function hear(samples: Int16Array): void {
  recogniser.feed(samples);
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  partEnergy += energy;
  partSamples += samples.length;
  quietSamples = energy / samples.length < (PAUSE_SHARE * partEnergy) / partSamples ? quietSamples + samples.length : 0;
  samplesSincePartial += samples.length;
  if (samplesSincePartial >= PARTIAL_SAMPLES) {
    samplesSincePartial = 0;
    const text = joined(recogniser.partial());
    if (text !== partial && text !== '') send({ type: 'partial', utterance, text });
    partial = text;
  }
  if ((partSamples >= CUT_FROM && quietSamples >= PAUSE_SAMPLES) || partSamples >= CUT_AT) beginPart(endPart());
}

function finish(): void {
  const mean = endPart();
  const total = parts.reduce((sum, { frames }) => sum + frames, 0);
  // Each part's doubt weighs as much as its words; a part without words says nothing once there are some.
  const doubt = total === 0 ? 1 : parts.reduce((sum, part) => sum + part.no_speech * part.frames, 0) / total;
  send({ type: 'final', utterance, text: joined(''), no_speech: doubt, mean });
}

function abandon(): void {
  if (open) recogniser.finish();
  open = false;
  send({ type: 'free', utterance });
}

parentPort?.on('message', (message: ToTranscriptionWorker) => {
  if (message.type === 'start') {
    utterance = message.utterance;
    parts = [];
    partial = '';
    samplesSincePartial = 0;
    beginPart(message.mean);
    return;
  }
  const wanted = Atomics.load(abandonedUpTo, 0) < utterance;
  if (message.type === 'finish') {
    if (wanted) finish();
    else abandon();
  } else if (wanted) hear(message.samples);
});
send({ type: 'ready' });
