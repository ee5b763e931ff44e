/**
 * As much of WASI preview 1 as a command-line program needs that reads its arguments and writes one file. Everything is
 * in memory: the program sees no disk, no environment and no real clock, so the same input gives the same output.
 */

const OK = 0;
const BAD_FD = 8;
const NO_ENTRY = 44;
/** The root folder, the only thing the program finds open besides stdin, stdout and stderr. */
const ROOT_FD = 3;
const FILE_FD = 4;

class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

export interface WasiResult {
  /** Exit status; 0 is success. */
  status: number;
  /** What the program wrote to the one file it may create. */
  file: Uint8Array;
  /** What it wrote to stdout and stderr, cut at 2000 bytes. */
  output: string;
}

/**
 * Makes `module` ready to run; the function that comes back runs it, once, with the given arguments (the first is its
 * own name). It throws only when the program traps.
 */
export function prepareWasi(module: WebAssembly.Module): (args: readonly string[]) => WasiResult {
  let encoded: Buffer[] = [];
  let file = new Uint8Array(1 << 18);
  let size = 0;
  let position = 0;
  let output = '';
  let memory: WebAssembly.Memory | undefined;
  // A memory that grows gets a new buffer, so it is looked up at each access.
  const buffer = () => memory?.buffer ?? new ArrayBuffer(0);
  const view = () => new DataView(buffer());

  const writeFile = (bytes: Uint8Array) => {
    const end = position + bytes.length;
    if (end > file.length) {
      const larger = new Uint8Array(Math.max(end, file.length * 2));
      larger.set(file.subarray(0, size));
      file = larger;
    }
    file.set(bytes, position);
    position = end;
    size = Math.max(size, end);
  };

  const wasi = {
    args_sizes_get(count: number, bytes: number) {
      view().setUint32(count, encoded.length, true);
      view().setUint32(bytes, Buffer.concat(encoded).length, true);
      return OK;
    },
    args_get(pointers: number, bytes: number) {
      let at = bytes;
      for (const [i, arg] of encoded.entries()) {
        view().setUint32(pointers + 4 * i, at, true);
        new Uint8Array(buffer(), at, arg.length).set(arg);
        at += arg.length;
      }
      return OK;
    },
    clock_time_get(_id: number, _precision: bigint, out: number) {
      view().setBigUint64(out, 0n, true);
      return OK;
    },
    fd_prestat_get(fd: number, out: number) {
      if (fd !== ROOT_FD) return BAD_FD;
      view().setUint32(out, 0, true);
      view().setUint32(out + 4, 1, true);
      return OK;
    },
    fd_prestat_dir_name(_fd: number, out: number) {
      view().setUint8(out, '/'.charCodeAt(0));
      return OK;
    },
    fd_fdstat_get(fd: number, out: number) {
      const kind = fd === ROOT_FD ? 3 : fd === FILE_FD ? 4 : 2; // directory, regular file, character device
      new Uint8Array(buffer(), out, 24).fill(0);
      view().setUint8(out, kind);
      view().setBigUint64(out + 8, 0xffff_ffffn, true); // every right, for itself and for what it opens
      view().setBigUint64(out + 16, 0xffff_ffffn, true);
      return OK;
    },
    fd_fdstat_set_flags: () => OK,
    path_open(
      _dir: number,
      _lookup: number,
      _path: number,
      _length: number,
      open: number,
      _rights: bigint,
      _inherited: bigint,
      _flags: number,
      out: number,
    ) {
      if ((open & 1) === 0) return NO_ENTRY; // only creating: there is nothing to read
      view().setUint32(out, FILE_FD, true);
      size = 0;
      position = 0;
      return OK;
    },
    fd_seek(fd: number, offset: bigint, whence: number, out: number) {
      if (fd !== FILE_FD) return BAD_FD;
      position = Math.max(0, Number(offset) + (whence === 1 ? position : whence === 2 ? size : 0));
      view().setBigUint64(out, BigInt(position), true);
      return OK;
    },
    fd_read(_fd: number, _vectors: number, _count: number, out: number) {
      view().setUint32(out, 0, true);
      return OK;
    },
    fd_write(fd: number, vectors: number, count: number, out: number) {
      let total = 0;
      for (let i = 0; i < count; i++) {
        const start = view().getUint32(vectors + 8 * i, true);
        const length = view().getUint32(vectors + 8 * i + 4, true);
        const bytes = new Uint8Array(buffer(), start, length);
        if (fd === FILE_FD) writeFile(bytes);
        else if (output.length < 2000) output += Buffer.from(bytes).toString('latin1').slice(0, 2000);
        total += length;
      }
      view().setUint32(out, total, true);
      return OK;
    },
    fd_close: () => OK,
    proc_exit(status: number) {
      throw new Exit(status);
    },
  };

  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi });
  const { memory: own, _start: start } = exports;
  if (!(own instanceof WebAssembly.Memory) || typeof start !== 'function') throw new TypeError('not a WASI command');
  memory = own;
  return (args) => {
    encoded = args.map((arg) => Buffer.from(`${arg}\0`, 'utf8'));
    let status = 0;
    try {
      start();
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      status = error.status;
    }
    return { status, file: file.subarray(0, size), output };
  };
}
