/** Who may: short-lived secrets for sessions and clients, and signed addresses of audio. */
import { createHmac, hkdfSync, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import { KukuError } from '../errors.ts';

/** As OpenAI's client secrets begin; clients tell by it that the token is not an API key. */
const SECRET_PREFIX = 'ek_';
const ISSUER = 'kuku-coach';
const ALGORITHM = 'HS256';
/** Each purpose has its own type and audience: a token of one is never good for the other. */
const SESSION = { typ: 'kuku-session+jwt', aud: 'kuku:session' } as const;
const CLIENT = { typ: 'kuku-client+jwt', aud: 'kuku:client' } as const;
/** HS256's own strength, bytes (RFC 7518, 3.2). */
const SECRET_BYTES = 32;
/** Ours have some 300 characters; longer ones are not looked at. */
const TOKEN_CHARS = 1_024;
const SUBPROTOCOL_PREFIX = 'openai-insecure-api-key.';

/** What a good token allows. `expires_at`: ms since the epoch. */
export type Verified =
  | { kind: 'session'; session_id: string; expires_at: number }
  | { kind: 'client'; expires_at: number; jti: string };

export interface Tokens {
  /** The secret of one session. Times are ms since the epoch; a token is good for whole seconds of them. */
  sessionSecret(sessionId: string, expiresAtMs: number): Promise<string>;
  /** A secret that may create sessions (`POST /v1/realtime/client_secrets`). `jti`: its id; made up when left out. */
  clientSecret(options: { expiresAtMs: number; jti?: string }): Promise<string>;
  /** For `audio_url?expires=…&signature=…`: good for this item of this session alone, until `expiresAtMs`. */
  audioSignature(sessionId: string, itemId: string, expiresAtMs: number): string;
  checkAudioSignature(sessionId: string, itemId: string, expiresAtMs: number, signature: string): boolean;
  /** Null for whatever is wrong with it: forged, expired, of another purpose, not a token. Never rejects. */
  verify(token: string): Promise<Verified | null>;
}

/** `secret`: at least 32 bytes, see `loadSecret`. Instances with the same secret take each other's tokens. */
export function createTokens({ secret, clock }: { secret: Uint8Array; clock: Clock }): Tokens {
  if (secret.byteLength < SECRET_BYTES) throw tooShort(secret.byteLength);
  const derived = (purpose: string) => new Uint8Array(hkdfSync('sha256', secret, '', `kuku ${purpose}`, SECRET_BYTES));
  const tokenKey = derived('tokens');
  const audioKey = derived('audio');
  // Checked in place of what cannot be a token, so that it takes as long as one with a wrong signature.
  const decoy = sign(new Uint8Array(SECRET_BYTES), SESSION, {}, 0, 0);

  const check = async (jwt: string): Promise<Verified | null> => {
    const { payload, protectedHeader } = await jwtVerify(jwt, tokenKey, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: [SESSION.aud, CLIENT.aud],
      requiredClaims: ['iss', 'aud', 'exp', 'iat'],
      currentDate: new Date(clock.now()),
    });
    const { aud, sub, jti, exp = 0 } = payload;
    const expires_at = exp * 1_000;
    const is = (purpose: Purpose) => aud === purpose.aud && protectedHeader.typ === purpose.typ;
    if (is(SESSION) && sub !== undefined) return { kind: 'session', session_id: sub, expires_at };
    if (is(CLIENT) && jti !== undefined) return { kind: 'client', expires_at, jti };
    return null;
  };

  const audioSignature = (sessionId: string, itemId: string, expiresAtMs: number) =>
    createHmac('sha256', audioKey)
      .update(JSON.stringify([sessionId, itemId, expiresAtMs]))
      .digest('base64url');

  return {
    sessionSecret: (sessionId, expiresAtMs) => sign(tokenKey, SESSION, { sub: sessionId }, clock.now(), expiresAtMs),
    clientSecret: ({ expiresAtMs, jti = randomUUID() }) => sign(tokenKey, CLIENT, { jti }, clock.now(), expiresAtMs),
    audioSignature,
    checkAudioSignature(sessionId, itemId, expiresAtMs, signature) {
      const right = Buffer.from(audioSignature(sessionId, itemId, expiresAtMs));
      const given = Buffer.from(signature);
      const same = given.byteLength === right.byteLength && timingSafeEqual(given, right);
      return same && expiresAtMs > clock.now();
    },
    async verify(token) {
      const jwt =
        token.startsWith(SECRET_PREFIX) && token.length <= TOKEN_CHARS ? token.slice(SECRET_PREFIX.length) : '';
      try {
        return await check(jwt);
      } catch (error) {
        if (!signatureWasChecked(error))
          await decoy.then((it) => check(it.slice(SECRET_PREFIX.length))).catch(() => {});
        return null;
      }
    },
  };
}

type Purpose = typeof SESSION | typeof CLIENT;

async function sign(
  key: Uint8Array,
  { typ, aud }: Purpose,
  claims: JWTPayload,
  nowMs: number,
  expiresAtMs: number,
): Promise<string> {
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, typ })
    .setIssuer(ISSUER)
    .setAudience(aud)
    .setIssuedAt(Math.floor(nowMs / 1_000))
    .setExpirationTime(Math.floor(expiresAtMs / 1_000))
    .sign(key);
  return SECRET_PREFIX + jwt;
}

function signatureWasChecked(error: unknown): boolean {
  return (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed
  );
}

/** The token of an `Authorization: Bearer …` header; null when there is none or it is of another kind. */
export function bearer(header: string | undefined): string | null {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** The token of the subprotocol `openai-insecure-api-key.TOKEN`, which browsers send for want of headers. */
export function tokenFromProtocols(offered: readonly string[]): string | null {
  const found = offered.find((name) => name.startsWith(SUBPROTOCOL_PREFIX) && name.length > SUBPROTOCOL_PREFIX.length);
  return found?.slice(SUBPROTOCOL_PREFIX.length) ?? null;
}

const badSecret = (message: string, cause?: unknown) => new KukuError(message, { code: 'invalid_token_secret', cause });

const tooShort = (bytes: number) =>
  badSecret(
    `TOKEN_SECRET has ${bytes} bytes, it needs at least ${SECRET_BYTES}; for example the output of: openssl rand -hex 32`,
  );

/**
 * The secret that signs tokens: the configured one, else the one kept in `dataDir/token-secret`, made at the first
 * start. Servers that start together on one folder get the same. @throws KukuError `invalid_token_secret`
 */
export async function loadSecret(from: { configured: string | undefined; dataDir: string }): Promise<Uint8Array> {
  if (from.configured !== undefined) {
    const secret = new TextEncoder().encode(from.configured);
    if (secret.byteLength < SECRET_BYTES) throw tooShort(secret.byteLength);
    return secret;
  }
  const file = join(from.dataDir, 'token-secret');
  try {
    return (await kept(file)) ?? (await make(from.dataDir, file));
  } catch (error) {
    if (error instanceof KukuError) throw error;
    throw badSecret(`${file} cannot be read or made; set TOKEN_SECRET, or a DATA_DIR that can be written`, error);
  }
}

async function kept(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  if (!/^[0-9a-f]{64}\n$/.test(text)) {
    throw badSecret(`${file} is not a secret of this server's making; remove it (open sessions lose their secrets)`);
  }
  // A restored backup may have lost the mode; a file system without modes is no reason not to start.
  await chmod(file, 0o600).catch(() => {});
  return new Uint8Array(Buffer.from(text.trim(), 'hex'));
}

/** Written whole under another name, then linked to its own: nobody reads half of it, and the first one wins. */
async function make(dataDir: string, file: string): Promise<Uint8Array> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(SECRET_BYTES).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const secret = await kept(file);
  if (secret === null) throw badSecret(`${file} was removed while it was made`);
  return secret;
}
