/**
 * The recogniser's cepstral mean, by which it gets used to a voice and a microphone. Kept for each session apart, it
 * takes the word error rate of a session from 25 to 18 % (docs/engines.md); mixed between sessions it does harm. The
 * engine has no call for it, so it is read and written where it lies in the engine's memory:
 * `struct { float *mean, *variance, *sum; int frames, length; }`.
 */

/** `-cmninit` in the model's feat.params. */
const INITIAL = Float32Array.of(41, -5.29, -0.12, 5.09, 2.48, -4.07, -1.37, -1.78, -5.08, -2.05, -6.45, -1.42, 1.17);
/** Frames of 10 ms that the initial mean counts for. The engine gives it none, and a first "no" then spoils all. */
const INITIAL_FRAMES = 200;

export interface CepstralMean {
  mean: Float32Array;
  sum: Float32Array;
  frames: number;
}

export interface Heap {
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
}

/** Finds it in a recogniser that has just been made; null when it is not there, which leaves the engine's own ways. */
export class CepstralMeanSlot {
  readonly #heap: Heap;
  readonly #mean: number;
  readonly #sum: number;
  readonly #frames: number;

  private constructor(heap: Heap, struct: number) {
    this.#heap = heap;
    this.#mean = (heap.HEAP32[struct] ?? 0) >> 2;
    this.#sum = (heap.HEAP32[struct + 2] ?? 0) >> 2;
    this.#frames = struct + 3;
  }

  static find(heap: Heap): CepstralMeanSlot | null {
    const { HEAP32, HEAPF32 } = heap;
    const first = new Int32Array(INITIAL.buffer)[0] ?? 0;
    for (let at = HEAP32.indexOf(first); at >= 0; at = HEAP32.indexOf(first, at + 1)) {
      if (!INITIAL.every((value, i) => HEAPF32[at + i] === value)) continue;
      for (let to = HEAP32.indexOf(at * 4); to >= 0; to = HEAP32.indexOf(at * 4, to + 1)) {
        if (HEAP32[to + 4] === INITIAL.length) return new CepstralMeanSlot(heap, to);
      }
    }
    return null;
  }

  read(): CepstralMean {
    const { HEAP32, HEAPF32 } = this.#heap;
    return {
      mean: HEAPF32.slice(this.#mean, this.#mean + INITIAL.length),
      sum: HEAPF32.slice(this.#sum, this.#sum + INITIAL.length),
      frames: HEAP32[this.#frames] ?? 0,
    };
  }

  /** `null`: as for a voice never heard. */
  write(state: CepstralMean | null): void {
    const { mean, sum, frames } = state ?? {
      mean: INITIAL,
      sum: INITIAL.map((value) => value * INITIAL_FRAMES),
      frames: INITIAL_FRAMES,
    };
    this.#heap.HEAPF32.set(mean, this.#mean);
    this.#heap.HEAPF32.set(sum, this.#sum);
    this.#heap.HEAP32[this.#frames] = frames;
  }
}
