/**
 * Voice activity: WebRTC's detector (fvad, mode 3) as a gate, and a second opinion on what it lets through, because it
 * takes coughs, keys, breath and tones for voices. A stretch of sound is SPEECH once a few of its frames are voiced,
 * and stays so over the unvoiced sounds in words until the gate falls silent.
 */
import type { Fvad } from '@echogarden/fvad-wasm';
import { ProviderError } from '../../errors.ts';
import {
  LISTEN_RATE,
  VAD_FRAME_SAMPLES,
  VoiceActivity,
  type VoiceActivityDetector,
  type VoiceActivityProvider,
} from '../types.ts';
import { Voicing } from './voicing.ts';

/** The strictest of fvad's modes. */
const MODE = 3;
/** Normalised autocorrelation of a voiced frame: vowels 0.8 and more, with noise at 5 dB 0.6, noise alone below 0.5. */
const VOICED = 0.62;
/** Below this it is breath or a blast; between the two it may be a creaky voice, which is held against nobody. */
const UNVOICED = 0.4;
/** Frames that make a sound SPEECH: 80 ms of voice within 160 ms, louder than any blast before it... */
const NEEDED = 4;
const EVIDENCE_MASK = 0xff;
/** ...or, for a rough voice that has blasts of its own, 160 ms of voice within 320 ms: coughs have less. */
const NEEDED_ROUGH = 8;
const ROUGH_MASK = 0xffff;
/** dB from one frame to the next, level and spectrum together. A voice never keeps as still as a tone or a hum. */
const STIR_DB = 1;
/** Residuals below -35 dB differ by rounding only. */
const LEAST_RESIDUAL = 3e-4;
/**
 * A cough is a blast that a weaker voice may follow, a syllable has its voice at its loudest: a voiced frame counts only
 * above this share of the loudest unvoiced one before it. In the band below 2 kHz, where hissing is weak.
 */
const BLAST_SHARE = 0.7;
/** The memory of a blast fades by 4 dB a second, so that words may follow it. */
const BLAST_FADE = 0.98;
/** Closures in words and the breaks between them are shorter; a longer gap ends the run. 200 ms. */
const GAP_FRAMES = 10;
/** No sentence goes without a voiced sound for so long (400 ms): what is left is noise. */
const UNVOICED_FRAMES = 20;
/** The floor is the least energy of the last one to two seconds (first of 200 ms); sound is 4 dB above it. */
const FLOOR_FRAMES = 50;
const FIRST_FRAMES = 10;
const OVER_FLOOR = 2.5;
/** Mean square: -66 dBFS, the hiss of a muted microphone; and the highest floor that is believed at the start. */
const LEAST_ENERGY = 16 ** 2;
const FIRST_FLOOR = 100 ** 2;
/**
 * fvad hears no soft voice, so it is given soft sound amplified: up to 8 times, as long as the floor stays below
 * GATE_FLOOR and the loudest of the last seconds (it fades by 4 dB a second) below GATE_LEVEL, both root mean squares.
 */
const MOST_GAIN = 8;
const GATE_FLOOR = 40;
const GATE_LEVEL = 2500;
const LEVEL_FADE = 0.99;

class EmbeddedDetector implements VoiceActivityDetector {
  readonly #fvad: Fvad;
  readonly #gate: number;
  readonly #samples: number;
  readonly #voicing = new Voicing();
  #closed = false;

  #speech = false;
  #gap = 0;
  #unvoiced = 0;
  /** One bit a frame, newest lowest: was it voiced, and louder than the blast? */
  #evidence = 0;
  /** Was it voiced? */
  #rough = 0;
  #blast = 0;
  #level = 0;
  #loudest = 0;
  #residual = 0;
  #floor = Number.POSITIVE_INFINITY;
  #floorBefore = FIRST_FLOOR;
  #floorAge = FLOOR_FRAMES - FIRST_FRAMES;

  constructor(fvad: Fvad) {
    this.#fvad = fvad;
    this.#gate = fvad._fvad_new();
    this.#samples = fvad._malloc(VAD_FRAME_SAMPLES * 2);
    if (this.#gate === 0 || this.#samples === 0) {
      throw new ProviderError('embedded', 'no memory for another voice activity detector');
    }
    this.#setUp();
  }

  feed(frame: Int16Array): VoiceActivity {
    if (frame.length !== VAD_FRAME_SAMPLES) {
      throw new RangeError(`a frame has ${VAD_FRAME_SAMPLES} samples, not ${frame.length}`);
    }
    if (this.#closed) throw new Error('the detector is closed');
    this.#voicing.push(frame);
    const energy = this.#voicing.loudness;
    const floor = this.#followFloor(energy);
    const gated = this.#passes(frame, this.#gain(Math.sqrt(energy), Math.sqrt(floor)));
    const aboveFloor = energy > OVER_FLOOR * floor;
    this.#blast *= BLAST_FADE;
    if (!gated || energy < LEAST_ENERGY) return this.#quiet();
    const voiced = this.#hear();
    if (!aboveFloor && !(voiced && this.#speech)) return this.#quiet();

    this.#gap = 0;
    this.#unvoiced = voiced ? 0 : this.#unvoiced + 1;
    if (this.#unvoiced >= UNVOICED_FRAMES) this.#forgetRun();
    this.#speech ||= bits(this.#evidence) >= NEEDED || bits(this.#rough) >= NEEDED_ROUGH;
    return this.#speech ? VoiceActivity.SPEECH : VoiceActivity.SOUND;
  }

  reset(): void {
    if (this.#closed) return;
    this.#fvad._fvad_reset(this.#gate);
    this.#setUp();
    this.#voicing.reset();
    this.#forgetRun();
    this.#floor = Number.POSITIVE_INFINITY;
    this.#floorBefore = FIRST_FLOOR;
    this.#floorAge = FLOOR_FRAMES - FIRST_FRAMES;
    this.#loudest = 0;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fvad._fvad_free(this.#gate);
    this.#fvad._free(this.#samples);
  }

  #gain(level: number, floor: number): number {
    this.#loudest = Math.max(level, this.#loudest * LEVEL_FADE, 1);
    return Math.max(1, Math.min(MOST_GAIN, GATE_FLOOR / (floor + 1), GATE_LEVEL / this.#loudest));
  }

  #passes(frame: Int16Array, gain: number): boolean {
    const heap = this.#fvad.HEAP16;
    const at = this.#samples >> 1;
    if (gain === 1) heap.set(frame, at);
    else {
      for (let i = 0; i < VAD_FRAME_SAMPLES; i++) {
        heap[at + i] = Math.min(32_767, Math.max(-32_768, (frame[i] ?? 0) * gain));
      }
    }
    return this.#fvad._fvad_process(this.#gate, this.#samples, VAD_FRAME_SAMPLES) === 1;
  }

  /** fvad's reset also forgets mode and rate. */
  #setUp(): void {
    this.#fvad._fvad_set_mode(this.#gate, MODE);
    this.#fvad._fvad_set_sample_rate(this.#gate, LISTEN_RATE);
  }

  #quiet(): VoiceActivity {
    this.#evidence = (this.#evidence << 1) & EVIDENCE_MASK;
    this.#rough = (this.#rough << 1) & ROUGH_MASK;
    this.#gap++;
    if (this.#gap > GAP_FRAMES) this.#forgetRun();
    return VoiceActivity.SILENCE;
  }

  #forgetRun(): void {
    this.#speech = false;
    this.#gap = 0;
    this.#unvoiced = 0;
    this.#evidence = 0;
    this.#rough = 0;
    this.#blast = 0;
  }

  /** Whether the frame is voiced at all; what speaks for a person goes into the evidence. */
  #hear(): boolean {
    const voicing = this.#voicing;
    voicing.analyse();
    const level = decibels(voicing.energy);
    const residual = decibels(Math.max(voicing.residual, LEAST_RESIDUAL));
    const stir = Math.abs(level - this.#level) + Math.abs(residual - this.#residual);
    this.#level = level;
    this.#residual = residual;
    const periodic = voicing.periodicity >= VOICED;
    const voiced = periodic && stir >= STIR_DB;
    const counts = voiced && voicing.energy >= BLAST_SHARE * this.#blast;
    this.#evidence = ((this.#evidence << 1) | (counts ? 1 : 0)) & EVIDENCE_MASK;
    this.#rough = ((this.#rough << 1) | (voiced ? 1 : 0)) & ROUGH_MASK;
    if (voicing.periodicity < UNVOICED) this.#blast = Math.max(this.#blast, voicing.energy);
    return voiced;
  }

  #followFloor(energy: number): number {
    this.#floor = Math.min(this.#floor, energy);
    const floor = Math.min(this.#floor, this.#floorBefore);
    if (++this.#floorAge >= FLOOR_FRAMES) {
      this.#floorAge = 0;
      this.#floorBefore = this.#floor;
      this.#floor = energy;
    }
    return floor;
  }
}

function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-9);
}

function bits(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Loads the engine once; each `open()` then costs 4 KB. Rejects when the package is not installed. */
export async function createEmbeddedVoiceActivity(): Promise<VoiceActivityProvider> {
  const { default: createFvad } = await import('@echogarden/fvad-wasm');
  const fvad = await createFvad();
  return { name: 'embedded', open: () => new EmbeddedDetector(fvad) };
}
