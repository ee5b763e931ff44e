/**
 * Cheap marks of a human voice in 20 ms frames at 16 kHz. Everything is worked out on a signal decimated to 4 kHz,
 * where the pitch and the first formant live. Nothing is allocated after construction.
 */
import { VAD_FRAME_SAMPLES } from '../types.ts';

const DECIMATION = 4;
/** Samples of a 20 ms frame at 4 kHz. */
const FRAME = VAD_FRAME_SAMPLES / DECIMATION;
/** Lags at 4 kHz: 400 Hz, the pitch of a child, down to 70 Hz, that of a deep voice. */
const SHORTEST_LAG = 10;
const LONGEST_LAG = 57;
/** 30 ms: two periods of a deep voice less a bit, and still short enough for a pitch that glides. */
const WINDOW = 120;
const HISTORY = 3 * FRAME;
/** 40 ms: short, so that what a tone's onset does to the prediction is over in two frames. */
const PREDICTED = 2 * FRAME;
/** One pole at 4 kHz that takes out what is below 60 Hz: rumble, mains, a draught on the microphone. */
const BLOCK = 0.91;
/** The same at 16 kHz. */
const BLOCK_16K = 0.977;
/** Enough for two tones at once, a dial tone say. */
const ORDER = 4;
const HANN = Float32Array.from(
  { length: PREDICTED },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / PREDICTED),
);

/** Features of the last frame given to `analyse`. */
export class Voicing {
  /** Mean square over all frequencies above 60 Hz, in sample units squared. */
  loudness = 0;
  /** The same from 60 Hz to 2 kHz. */
  energy = 0;
  /** Best normalised autocorrelation at a pitch lag, -1..1; a vowel is above 0.7, noise below 0.5. */
  periodicity = 0;
  /** Lag of that peak in samples at 4 kHz. */
  lag = 0;
  /**
   * The share of the energy that a 4th-order linear prediction leaves unexplained, 0..1: next to nothing for one or two
   * pure tones, whose future follows from their past.
   */
  residual = 1;

  readonly #history = new Float32Array(HISTORY);
  readonly #tail = new Float32Array(8);
  readonly #lags = new Float64Array(LONGEST_LAG + 2);
  readonly #windowed = new Float32Array(PREDICTED);
  readonly #autocorrelation = new Float64Array(ORDER + 1);
  readonly #coefficients = new Float64Array(ORDER + 1);
  readonly #previous = new Float64Array(ORDER + 1);

  reset(): void {
    this.#history.fill(0);
    this.#tail.fill(0);
  }

  /** Takes the next frame in; cheap, for every frame. */
  push(frame: Int16Array): void {
    const history = this.#history;
    history.copyWithin(0, FRAME);
    let energy = 0;
    let loudness = 0;
    // Two boxes of 4 in a row (a triangle of 7): -26 dB at the first fold-over is plenty for a pitch estimate.
    const tail = this.#tail;
    let a = tail[0] ?? 0;
    let b = tail[1] ?? 0;
    let c = tail[2] ?? 0;
    let before = tail[3] ?? 0;
    let blocked = tail[4] ?? 0;
    let last = tail[5] ?? 0;
    let high = tail[6] ?? 0;
    for (let i = 0, out = HISTORY - FRAME; out < HISTORY; i += DECIMATION, out++) {
      const d = frame[i] ?? 0;
      const e = frame[i + 1] ?? 0;
      const f = frame[i + 2] ?? 0;
      const g = frame[i + 3] ?? 0;
      for (let j = i; j < i + DECIMATION; j++) {
        const raw = frame[j] ?? 0;
        high = raw - last + BLOCK_16K * high;
        last = raw;
        loudness += high * high;
      }
      const sample = (a + 2 * b + 3 * c + 4 * d + 3 * e + 2 * f + g) / 16;
      blocked = sample - before + BLOCK * blocked;
      before = sample;
      history[out] = blocked;
      energy += blocked * blocked;
      a = e;
      b = f;
      c = g;
    }
    tail[0] = a;
    tail[1] = b;
    tail[2] = c;
    tail[3] = before;
    tail[4] = blocked;
    tail[5] = last;
    tail[6] = high;
    this.energy = energy / FRAME;
    this.loudness = loudness / VAD_FRAME_SAMPLES;
  }

  /** Works out `periodicity`, `lag` and `residual` for the frames pushed last. */
  analyse(): void {
    const x = this.#history;
    const lags = this.#lags;
    const start = HISTORY - WINDOW;
    let power = 0;
    for (let i = start; i < HISTORY; i++) power += (x[i] ?? 0) ** 2;
    this.periodicity = 0;
    this.lag = 0;
    if (power < 1) return;
    let shifted = power;
    let best = 0;
    let bestLag = 0;
    for (let lag = 1; lag <= LONGEST_LAG; lag++) {
      const from = start - lag;
      shifted += (x[from] ?? 0) ** 2 - (x[HISTORY - lag] ?? 0) ** 2;
      let sum = 0;
      for (let i = start; i < HISTORY; i++) sum += (x[i] ?? 0) * (x[i - lag] ?? 0);
      const value = sum / Math.sqrt(power * Math.max(shifted, 1));
      lags[lag] = value;
      if (lag >= SHORTEST_LAG && value > best && value >= (lags[lag - 1] ?? 0)) {
        best = value;
        bestLag = lag;
      }
    }
    this.periodicity = best;
    this.lag = bestLag;
    this.residual = this.#predict();
  }

  /** Levinson's recursion on the last 40 ms, Hann-windowed. */
  #predict(): number {
    const x = this.#windowed;
    const r = this.#autocorrelation;
    for (let i = 0; i < PREDICTED; i++) x[i] = (this.#history[HISTORY - PREDICTED + i] ?? 0) * (HANN[i] ?? 0);
    for (let lag = 0; lag <= ORDER; lag++) {
      let sum = 0;
      for (let i = lag; i < PREDICTED; i++) sum += (x[i] ?? 0) * (x[i - lag] ?? 0);
      r[lag] = sum;
    }
    const power = r[0] ?? 0;
    if (power < 1) return 1;
    const a = this.#coefficients;
    const previous = this.#previous;
    a.fill(0);
    let error = power;
    for (let order = 1; order <= ORDER; order++) {
      let sum = r[order] ?? 0;
      for (let j = 1; j < order; j++) sum -= (a[j] ?? 0) * (r[order - j] ?? 0);
      const reflection = sum / error;
      previous.set(a);
      a[order] = reflection;
      for (let j = 1; j < order; j++) a[j] = (previous[j] ?? 0) - reflection * (previous[order - j] ?? 0);
      error *= 1 - reflection * reflection;
      if (error <= 0) return 0;
    }
    return error / power;
  }
}
