import { createHmac, hkdfSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import t from 'tap';
import { bearer, createTokens, loadSecret, tokenFromProtocols } from '../../src/accounts/tokens.ts';
import { VIRTUAL_START, VirtualClock } from '../support/virtual-clock.ts';

const secret = new Uint8Array(32).fill(7);
const IN_A_MINUTE = VIRTUAL_START + 60_000;
const fresh = () => {
  const clock = new VirtualClock();
  return { clock, tokens: createTokens({ secret, clock }) };
};
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

t.test('a session secret opens its session until it expires', async (t) => {
  const { clock, tokens } = fresh();
  const token = await tokens.sessionSecret('sess_1', IN_A_MINUTE);
  t.match(token, /^ek_[\w-]+\.[\w-]+\.[\w-]+$/);
  const good = { kind: 'session', session_id: 'sess_1', expires_at: IN_A_MINUTE };
  t.same(await tokens.verify(token), good);
  await clock.advance(59_999);
  t.same(await tokens.verify(token), good);
  await clock.advance(1);
  t.equal(await tokens.verify(token), null, 'the injected clock says that it is over');
});

t.test('a client secret is of another kind, and each has its own id', async (t) => {
  const { tokens } = fresh();
  const options = { expiresAtMs: IN_A_MINUTE + 999 };
  t.same(await tokens.verify(await tokens.clientSecret({ ...options, jti: 'one' })), {
    kind: 'client',
    expires_at: IN_A_MINUTE,
    jti: 'one',
  });
  const [a, b] = await Promise.all([tokens.clientSecret(options), tokens.clientSecret(options)]);
  t.not(a, b);
});

t.test('another instance with the same secret takes it, one with another secret does not', async (t) => {
  const { clock, tokens } = fresh();
  const token = await tokens.sessionSecret('sess_1', IN_A_MINUTE);
  t.ok(await createTokens({ secret: new Uint8Array(secret), clock }).verify(token));
  const other = createTokens({ secret: new Uint8Array(32).fill(8), clock });
  t.equal(await other.verify(token), null);
  t.equal(other.checkAudioSignature('s', 'i', IN_A_MINUTE, tokens.audioSignature('s', 'i', IN_A_MINUTE)), false);
});

t.test('FAULTS 26: every change of a token makes it nothing', async (t) => {
  const { tokens } = fresh();
  const token = await tokens.sessionSecret('sess_1', IN_A_MINUTE);
  const [header = '', payload = '', signature = ''] = token.slice(3).split('.');
  const claims = decodeJwt(token.slice(3));
  const forged: Record<string, string> = {
    'another session': `ek_${header}.${base64url({ ...claims, sub: 'sess_2' })}.${signature}`,
    'a later end': `ek_${header}.${base64url({ ...claims, exp: 9_999_999_999 })}.${signature}`,
    'no algorithm': `ek_${base64url({ alg: 'none', typ: 'kuku-session+jwt' })}.${payload}.`,
    'no algorithm, with a signature': `ek_${base64url({ alg: 'none' })}.${payload}.${signature}`,
    'another algorithm': `ek_${base64url({ alg: 'HS512', typ: 'kuku-session+jwt' })}.${payload}.${signature}`,
    'no signature': `ek_${header}.${payload}.`,
    'another signature': `ek_${header}.${payload}.${signature.slice(0, -2)}AA`,
    'no prefix': token.slice(3),
    'another prefix': `sk_${token.slice(3)}`,
    'twice the prefix': `ek_${token}`,
    'one part more': `${token}.x`,
    empty: '',
    'the prefix alone': 'ek_',
    dots: 'ek_..',
    'an API key': 'sk-proj-1234',
    'very long': `ek_${'a.'.repeat(100_000)}`,
    'not ASCII': 'ek_é.ü.🎉',
    NUL: 'ek_\0.\0.\0',
  };
  for (const [what, it] of Object.entries(forged)) t.equal(await tokens.verify(it), null, what);
  t.ok(await tokens.verify(token), 'while the real one is good');
});

t.test('signed with the right key, but not what it claims to be', async (t) => {
  const { tokens } = fresh();
  const real = await tokens.sessionSecret('sess_1', IN_A_MINUTE);
  const header = decodeProtectedHeader(real.slice(3));
  const claims = decodeJwt(real.slice(3));
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'kuku tokens', 32));
  const signed = async (payload: Record<string, unknown>, over: { typ?: string; alg?: string } = {}) =>
    `ek_${await new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: header.typ ?? '', ...over }).sign(key)}`;
  t.ok(await tokens.verify(await signed(claims)), 'this is how they are made');
  const { exp, sub, iat, iss, aud, ...nothing } = claims;
  t.same(nothing, {});
  for (const [what, payload] of Object.entries({
    'of another audience': { exp, sub, iat, iss, aud: 'kuku:client' },
    'of a foreign audience': { exp, sub, iat, iss, aud: 'elsewhere' },
    'of two audiences': { exp, sub, iat, iss, aud: [aud, 'kuku:client'] },
    'without an audience': { exp, sub, iat, iss },
    'without an end': { sub, iat, iss, aud },
    'without a beginning': { exp, sub, iss, aud },
    'without a session': { exp, iat, iss, aud },
    'of another issuer': { exp, sub, iat, aud, iss: 'somebody' },
  })) {
    t.equal(await tokens.verify(await signed(payload)), null, what);
  }
  t.equal(await tokens.verify(await signed(claims, { typ: 'kuku-client+jwt' })), null, 'of another type');
  t.equal(await tokens.verify(await signed(claims, { typ: 'JWT' })), null, 'of no type');
  const withSecret = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: header.typ ?? '' }).sign(secret);
  t.equal(await tokens.verify(`ek_${withSecret}`), null, 'the secret itself is no key');
});

t.test('property: whatever the text, verify says null and never rejects', async (t) => {
  const { tokens } = fresh();
  const part = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  const any = fc.oneof(
    fc.string(),
    fc.tuple(part, part, part).map((parts) => `ek_${parts.join('.')}`),
  );
  await fc.assert(
    fc.asyncProperty(any, async (text) => (await tokens.verify(text)) === null),
    { seed: 20261122, numRuns: 300 },
  );
  t.pass('held');
});

t.test('an audio signature is good for its item alone, until its time', async (t) => {
  const { clock, tokens } = fresh();
  const signature = tokens.audioSignature('sess_1', 'item_1', IN_A_MINUTE);
  const check = (session: string, item: string, expires: number, given = signature) =>
    tokens.checkAudioSignature(session, item, expires, given);
  t.match(signature, /^[\w-]{43}$/);
  t.equal(check('sess_1', 'item_1', IN_A_MINUTE), true);
  t.equal(check('sess_2', 'item_1', IN_A_MINUTE), false);
  t.equal(check('sess_1', 'item_2', IN_A_MINUTE), false);
  t.equal(check('sess_1', 'item_1', IN_A_MINUTE + 1), false);
  t.equal(check('sess_1","item_1', '', IN_A_MINUTE), false, 'fields do not run into each other');
  t.equal(check('sess_1', 'item_1', Number.NaN), false);
  t.equal(tokens.checkAudioSignature('s', 'i', Number.NaN, tokens.audioSignature('s', 'i', Number.NaN)), false);
  for (const given of [
    signature,
    '',
    signature.slice(1),
    `${signature}=`,
    `A${signature.slice(1)}`,
    'é'.repeat(43),
    '🎉',
  ]) {
    t.equal(check('sess_1', 'item_1', IN_A_MINUTE, given), given === signature);
  }
  const naive = createHmac('sha256', secret)
    .update(JSON.stringify(['sess_1', 'item_1', IN_A_MINUTE]))
    .digest('base64url');
  t.equal(check('sess_1', 'item_1', IN_A_MINUTE, naive), false, 'the secret itself is no key');
  await clock.advance(60_000);
  t.equal(check('sess_1', 'item_1', IN_A_MINUTE), false);
});

t.test('bearer', async (t) => {
  t.equal(bearer('Bearer ek_a.b-c_d'), 'ek_a.b-c_d');
  t.equal(bearer('bearer  sk-1=='), 'sk-1==');
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    'ek_abc',
    'Bearer a b',
    'Bearer a,b',
    'xBearer a',
  ]) {
    t.equal(bearer(header), null, String(header));
  }
});

t.test('tokenFromProtocols', async (t) => {
  t.equal(tokenFromProtocols(['realtime', 'openai-insecure-api-key.ek_a.b.c', 'kuku.v1']), 'ek_a.b.c');
  t.equal(tokenFromProtocols(['openai-insecure-api-key.', 'openai-insecure-api-key.x']), 'x');
  t.equal(tokenFromProtocols(['realtime', 'openai-insecure-api-key']), null);
  t.equal(tokenFromProtocols([]), null);
});

t.test('a configured secret', async (t) => {
  const dataDir = t.testdir();
  const configured = 'x'.repeat(32);
  t.same(await loadSecret({ configured, dataDir }), new TextEncoder().encode(configured));
  t.same(readdirSync(dataDir), [], 'is not written anywhere');
  t.ok(await loadSecret({ configured: 'ü'.repeat(16), dataDir }), 'bytes count, not characters');
  for (const short of ['', 'x'.repeat(31)]) {
    const loading = loadSecret({ configured: short, dataDir });
    await t.rejects(loading, { code: 'invalid_token_secret', message: /^TOKEN_SECRET has \d+ bytes/ });
  }
  const error: unknown = await loadSecret({ configured: 'hunter2', dataDir }).catch((reason: unknown) => reason);
  t.notMatch(String(error), /hunter2/, 'and is never printed');
  t.throws(() => createTokens({ secret: new Uint8Array(31), clock: new VirtualClock() }), {
    code: 'invalid_token_secret',
  });
});

t.test('a secret of its own: made once, kept, readable by this user alone', async (t) => {
  const dataDir = join(t.testdir(), 'made', 'here');
  const load = () => loadSecret({ configured: undefined, dataDir });
  const all = await Promise.all(Array.from({ length: 20 }, load));
  const [first] = all;
  t.equal(first?.byteLength, 32);
  for (const each of all) t.same(each, first, 'servers that start together agree');
  t.same(readdirSync(dataDir), ['token-secret'], 'no draft is left behind');
  const file = join(dataDir, 'token-secret');
  t.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o644);
  t.same(await load(), first);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.notSame(await loadSecret({ configured: undefined, dataDir: join(dataDir, 'other') }), first);
});

t.test('a kept secret that is not one', async (t) => {
  const dataDir = t.testdir({ 'token-secret': 'short', folder: {} });
  const load = (dataDir: string) => loadSecret({ configured: undefined, dataDir });
  await t.rejects(load(dataDir), { code: 'invalid_token_secret', message: /token-secret/ });
  t.equal(readFileSync(join(dataDir, 'token-secret'), 'utf8'), 'short', 'it is left alone');
  writeFileSync(join(dataDir, 'token-secret'), '');
  await t.rejects(load(dataDir), { code: 'invalid_token_secret' });
  mkdirSync(join(dataDir, 'folder', 'token-secret'));
  await t.rejects(load(join(dataDir, 'folder')), { code: 'invalid_token_secret', message: /DATA_DIR/ });
  await t.rejects(load(join(dataDir, 'token-secret')), { code: 'invalid_token_secret', message: /DATA_DIR/ });
});
