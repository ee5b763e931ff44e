/**
 * Streaming sample-rate conversion by Speex's resampler (WASM, SIMD). One module serves the whole process; a resampler
 * is a few KB of its memory. Figures and alternatives: docs/dependencies.md.
 */
import loadSpeex, { type SpeexResamplerModule } from '@echogarden/speex-resampler-wasm/simd';

/** Mono, one stream. Not shared between streams: the filter remembers. */
export interface Resampler {
  readonly from: number;
  readonly to: number;
  /**
   * What can be put out after these samples. The filter's delay is cut from the stream's start, so that output sample
   * n*to/from is input sample n; the last `latency` input samples therefore wait for `flush()`. When the rates are
   * equal the very array given comes back. The result is otherwise the caller's own.
   */
  process(samples: Int16Array): Int16Array;
  /** The rest of the stream: with it the output is round(input * to / from) samples long. Then as after `reset()`. */
  flush(): Int16Array;
  /** Forget the past, as at the start of a stream. */
  reset(): void;
  /** Frees the memory. Safe to call again; anything else afterwards throws. */
  close(): void;
}

/** Of Speex's 0..10; 3 keeps speech above 80 dB SNR at a third of the CPU of 10. */
const QUALITY = 3;
const MIN_RATE = 4_000;
const MAX_RATE = 192_000;
/** Samples a call of the module works on at most: 20 ms at 192 kHz and more. */
const INPUT_CAPACITY = 4_096;
const OUTPUT_CAPACITY = 16_384;
const EMPTY = new Int16Array(0);

interface Engine {
  module: SpeexResamplerModule;
  /** Scratch shared by all resamplers: every call is synchronous and copies in and out. */
  input: number;
  output: number;
  inLength: number;
  outLength: number;
}

let engine: Engine | null = null;
let loading: Promise<Engine> | null = null;
let open = 0;

async function load(): Promise<Engine> {
  const module = await loadSpeex();
  const input = module._malloc(INPUT_CAPACITY * 2);
  const output = module._malloc(OUTPUT_CAPACITY * 2);
  const inLength = module._malloc(8);
  if (input === 0 || output === 0 || inLength === 0) throw new Error('no memory for the resampler');
  return { module, input, output, inLength, outLength: inLength + 4 };
}

/** Compiles the module, once; to be awaited before the first `createResampler`. */
export async function loadResamplers(): Promise<void> {
  loading ??= load();
  engine = await loading;
}

/** How many resamplers are open, and the module's memory in bytes (0 before it is loaded). */
export function resamplerStats(): { open: number; heap_bytes: number } {
  return { open, heap_bytes: engine?.module.HEAP16.byteLength ?? 0 };
}

/** @throws RangeError for rates outside 4,000..192,000 or not whole; Error before `loadResamplers()` has resolved. */
export function createResampler(from: number, to: number): Resampler {
  for (const rate of [from, to]) {
    if (!Number.isInteger(rate) || rate < MIN_RATE || rate > MAX_RATE) {
      throw new RangeError(`sample rate must be whole, ${MIN_RATE} to ${MAX_RATE}, not ${rate}`);
    }
  }
  if (from === to) return identity(from);
  if (engine === null) throw new Error('loadResamplers() has not resolved yet');
  return new SpeexResampler(engine, from, to);
}

function identity(rate: number): Resampler {
  return { from: rate, to: rate, process: (samples) => samples, flush: () => EMPTY, reset() {}, close() {} };
}

class SpeexResampler implements Resampler {
  readonly from: number;
  readonly to: number;
  readonly #engine: Engine;
  readonly #step: number;
  #state: number;
  #taken = 0;
  #given = 0;

  constructor(engine: Engine, from: number, to: number) {
    this.from = from;
    this.to = to;
    this.#engine = engine;
    this.#step = Math.max(1, Math.min(INPUT_CAPACITY, Math.floor(((OUTPUT_CAPACITY - 64) * from) / to)));
    this.#state = engine.module._speex_resampler_init(1, from, to, QUALITY, engine.inLength);
    if (this.#state === 0) throw new Error(`no resampler from ${from} to ${to}`);
    engine.module._speex_resampler_skip_zeros(this.#state);
    open++;
  }

  process(samples: Int16Array): Int16Array {
    this.#taken += samples.length;
    if (samples.length <= this.#step) return this.#call(samples);
    const parts: Int16Array[] = [];
    for (let at = 0; at < samples.length; at += this.#step)
      parts.push(this.#call(samples.subarray(at, at + this.#step)));
    return join(parts);
  }

  flush(): Int16Array {
    const due = Math.round((this.#taken * this.to) / this.from) - this.#given;
    const latency = this.#engine.module._speex_resampler_get_input_latency(this.#live());
    const silence = new Int16Array(Math.min(this.#step, latency + 1 + Math.ceil(this.from / this.to)));
    const parts: Int16Array[] = [];
    for (let length = 0; length < due; ) {
      const part = this.#call(silence);
      parts.push(part);
      length += part.length;
    }
    this.reset();
    return join(parts).slice(0, Math.max(0, due));
  }

  reset(): void {
    const { module } = this.#engine;
    module._speex_resampler_reset_mem(this.#live());
    module._speex_resampler_skip_zeros(this.#state);
    this.#taken = 0;
    this.#given = 0;
  }

  close(): void {
    if (this.#state === 0) return;
    this.#engine.module._speex_resampler_destroy(this.#state);
    this.#state = 0;
    open--;
  }

  #live(): number {
    if (this.#state === 0) throw new Error('the resampler is closed');
    return this.#state;
  }

  /** At most `#step` samples. The module's memory may have moved since the last call: its views are read anew. */
  #call(samples: Int16Array): Int16Array {
    const state = this.#live();
    const { module, input, output, inLength, outLength } = this.#engine;
    module.HEAP16.set(samples, input >> 1);
    const lengths = module.HEAPU32;
    lengths[inLength >> 2] = samples.length;
    lengths[outLength >> 2] = OUTPUT_CAPACITY;
    const failed = module._speex_resampler_process_int(state, 0, input, inLength, output, outLength);
    if (failed !== 0) throw new Error(`the resampler failed with code ${failed}`);
    const produced = lengths[outLength >> 2] ?? 0;
    this.#given += produced;
    return module.HEAP16.slice(output >> 1, (output >> 1) + produced);
  }
}

/** One array of several; the very array when there is one. */
export function join(parts: readonly Int16Array[]): Int16Array {
  const [first] = parts;
  if (first === undefined) return EMPTY;
  if (parts.length === 1) return first;
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
