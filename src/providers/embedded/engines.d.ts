/** What we use of packages that ship no types. Pointers and lengths are numbers in the module's own memory. */
declare module '@echogarden/fvad-wasm' {
  export interface Fvad {
    HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** 0 when out of memory. */
    _fvad_new(): number;
    _fvad_free(detector: number): void;
    _fvad_reset(detector: number): void;
    /** 0..3, 3 lets the least noise through; negative on a bad mode. */
    _fvad_set_mode(detector: number, mode: number): number;
    _fvad_set_sample_rate(detector: number, rate: number): number;
    /** 1 voice, 0 none, -1 on a bad length (10, 20 or 30 ms are good). */
    _fvad_process(detector: number, samples: number, length: number): number;
  }
  export default function create(): Promise<Fvad>;
}

/** The part of the global that is used here; Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
