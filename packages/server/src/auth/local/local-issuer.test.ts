import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { userIdOf } from '../user-id.ts';
import { type VerifierUnderTest, runVerifierContract } from '../verifier.contract.ts';
import { readIssuerKey } from './issuer-key.ts';
import { createLocalIssuer } from './local-issuer.ts';

const root = mkdtempSync(path.join(tmpdir(), 'local-issuer-'));
afterAll(() => rmSync(root, { recursive: true }));
const freshDir = () => mkdtempSync(path.join(root, 'data-'));
const user = { userId: 'usr_ada', email: 'ada@example.com' };
const systemClock = { now: () => Date.now(), timestamp: () => new Date().toISOString() };

async function underTest(): Promise<VerifierUnderTest> {
  let now = Date.parse('2026-11-23T02:00:00.500Z');
  const clock = { now: () => now, timestamp: () => new Date(now).toISOString() };
  const dataDir = freshDir();
  const verifier = await createLocalIssuer({ dataDir, clock });
  const key = await readIssuerKey(dataDir);
  if (key === null) throw new Error('no key was made');
  const seconds = Math.floor(now / 1000);
  const standard = {
    iss: 'ai-sessions',
    aud: 'ai-sessions',
    sub: user.userId,
    email: user.email,
    email_verified: true,
    iat: seconds,
    exp: seconds + 3600,
  };
  return {
    verifier,
    now: () => now,
    advance: (milliseconds) => void (now += milliseconds),
    sign: (claims) => new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey),
    signWithOtherKey: () =>
      new SignJWT(standard).setProtectedHeader({ alg: 'ES256' }).sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    signWithOtherAlgorithm: () =>
      new SignJWT(standard).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key.publicKey.export({ format: 'pem', type: 'spki' }))),
  };
}

runVerifierContract('local issuer', underTest);

test('what it issues it verifies, also after a restart', async () => {
  const dataDir = freshDir();
  const token = await (await createLocalIssuer({ dataDir, clock: systemClock })).issue(user, 900);
  await expect((await createLocalIssuer({ dataDir, clock: systemClock })).verify(token)).resolves.toMatchObject(user);
});

test('two that start at once use the same key, in a file that only its owner may read', async () => {
  const dataDir = path.join(freshDir(), 'new');
  const [one, other] = await Promise.all([
    createLocalIssuer({ dataDir, clock: systemClock }),
    createLocalIssuer({ dataDir, clock: systemClock }),
  ]);
  await expect(other.verify(await one.issue(user, 900))).resolves.toMatchObject(user);
  expect(readdirSync(dataDir)).toEqual(['issuer.key.json']);
  expect(statSync(path.join(dataDir, 'issuer.key.json')).mode & 0o777).toBe(0o600);
});

test('a key file that is broken is told without its content', async () => {
  const dataDir = freshDir();
  writeFileSync(path.join(dataDir, 'issuer.key.json'), '{"kty":"EC","d":"SECRET"}', { mode: 0o600 });
  const error: unknown = await createLocalIssuer({ dataDir, clock: systemClock }).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/does not hold a signing key/);
  expect(String(error)).not.toContain('SECRET');
});

test('a user id depends on the address alone, not on its case', () => {
  expect(userIdOf('Ada@Example.com')).toBe(userIdOf('ada@example.com'));
  expect(userIdOf('ada@example.com')).toMatch(/^usr_[A-Za-z0-9_-]{24}$/);
  expect(userIdOf('bob@example.com')).not.toBe(userIdOf('ada@example.com'));
});
