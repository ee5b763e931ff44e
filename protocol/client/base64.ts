/** Base64 of RFC 4648 section 4, since React Native's engines have no fast one of their own. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 61;
const CODES = Uint8Array.from(ALPHABET, (char) => char.charCodeAt(0));
const VALUES = new Uint8Array(128).fill(255);
for (const [value, code] of CODES.entries()) VALUES[code] = value;
/** String.fromCharCode takes its arguments on the stack: 32 KB at a time is safe everywhere. */
const SLICE = 32_768;

export function toBase64(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at++] = CODES[bits >> 18] ?? PAD;
    out[at++] = CODES[(bits >> 12) & 63] ?? PAD;
    out[at++] = left > 1 ? (CODES[(bits >> 6) & 63] ?? PAD) : PAD;
    out[at++] = left > 2 ? (CODES[bits & 63] ?? PAD) : PAD;
  }
  let text = '';
  for (let i = 0; i < out.length; i += SLICE) text += String.fromCharCode(...out.subarray(i, i + SLICE));
  return text;
}

/** Null where `text` is not base64. Padding may be missing. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  let length = text.length;
  while (length > 0 && length > text.length - 2 && text.charCodeAt(length - 1) === PAD) length--;
  if (length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let at = 0;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? 255;
    if (value === 255) return null;
    bits = (bits << 6) | value;
    const phase = i & 3;
    if (phase === 1) out[at++] = (bits >> 4) & 255;
    else if (phase === 2) out[at++] = (bits >> 2) & 255;
    else if (phase === 3) out[at++] = bits & 255;
  }
  return out;
}
