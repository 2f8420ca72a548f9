import { createHash, generateKeyPairSync } from 'node:crypto';
import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { type VerifierUnderTest, runVerifierContract } from '../verifier.contract.ts';
import { eitherVerifier } from './either-verifier.ts';
import { createOidcIssuer } from './oidc-issuer.ts';
import { createOidcVerifier } from './oidc-verifier.ts';
import { startTestIssuer, testAudience } from './test-issuer.ts';

afterEach(() => void vi.useRealTimers());
const unauthorized = (message: RegExp) => expect.objectContaining({ code: 'unauthorized', message: expect.stringMatching(message) });
const unavailable = expect.objectContaining({ code: 'unavailable', retryAfterSeconds: expect.any(Number) });

/** An issuer of which only the two documents exist that a verifier reads; `sign` speaks as it would. */
async function scriptedIssuer(): Promise<VerifierUnderTest> {
  const issuer = 'https://login.example.com';
  let now = Date.parse('2026-11-23T02:00:00.500Z');
  const clock = { now: () => now, timestamp: () => new Date(now).toISOString() };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const documents: Record<string, unknown> = {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: `${issuer}/keys`,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
    },
    [`${issuer}/keys`]: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] },
  };
  const fetch = async (url: unknown) => Response.json(documents[String(url)]);
  const verifier = createOidcVerifier({ issuer: createOidcIssuer({ issuer, clock, fetch }), audience: testAudience, clock });
  const seconds = Math.floor(now / 1000);
  const standard = {
    iss: issuer,
    aud: testAudience,
    sub: 'usr_ada',
    email: 'ada@example.com',
    email_verified: true,
    iat: seconds,
    exp: seconds + 3600,
  };
  const signed = (claims: object, alg: string, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg, kid: 'k1' }).sign(key);
  return {
    verifier,
    now: () => now,
    advance: (milliseconds) => void (now += milliseconds),
    sign: (claims = {}) => signed(claims, 'ES256', privateKey),
    signWithOtherKey: () => signed({}, 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    signWithOtherAlgorithm: () => signed({}, 'HS256', Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))),
  };
}

async function besideTheOwn(): Promise<VerifierUnderTest> {
  const foreign = await scriptedIssuer();
  const own = await scriptedIssuer();
  return { ...foreign, verifier: eitherVerifier({ own: own.verifier, foreign: foreign.verifier, issuer: 'https://login.example.com/' }) };
}

runVerifierContract('OpenID Connect', scriptedIssuer);
runVerifierContract('OpenID Connect beside the own issuer', besideTheOwn);

describe('subjects and claims', () => {
  test.each([
    ['a subject of 256 characters', { sub: 'a'.repeat(256) }, /"sub"/],
    ['a subject with a control character', { sub: 'a\u0000b' }, /"sub"/],
    ['no email', { email: undefined }, /operator.*"email"/],
    ['an address that was not verified', { email_verified: false }, /verified/],
    ['another audience', { aud: 'https://other.example' }, /audience/],
  ])('refuses %s, and says what to do', async (_, claims, message) => {
    const { verifier, sign } = await scriptedIssuer();
    await expect(verifier.verify(await sign(claims))).rejects.toEqual(unauthorized(message));
  });

  test('takes a subject of 255 characters, and the audience among others', async () => {
    const { verifier, sign } = await scriptedIssuer();
    const sub = `auth0|${'a'.repeat(249)}`;
    await expect(verifier.verify(await sign({ sub, aud: ['x', testAudience] }))).resolves.toMatchObject({ userId: sub });
  });
});

function verifierOf(issuer: string, clock = systemClock) {
  const troubles: unknown[] = [];
  const found = createOidcIssuer({ issuer, clock, onTrouble: (error) => troubles.push(error) });
  return { verifier: createOidcVerifier({ issuer: found, audience: testAudience, clock }), issuer: found, troubles };
}

describe('against oidc-provider', () => {
  test.each(['RS256', 'ES256'] as const)('takes its access tokens (%s), asking for the keys once', async (signs) => {
    await using issuer = await startTestIssuer({ signs });
    const { verifier } = verifierOf(`${issuer.url}/`);
    const token = await issuer.accessToken();
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: signs, typ: 'at+jwt' });
    issuer.requests.length = 0;
    const identity = await verifier.verify(token);
    expect(identity).toEqual({
      userId: 'usr_ada',
      email: 'ada@example.com',
      emailVerified: true,
      expiresAt: (decodeJwt(token).exp ?? 0) * 1000,
    });
    issuer.login = 'usr_bob';
    await expect(verifier.verify(await issuer.accessToken())).resolves.toMatchObject({ userId: 'usr_bob' });
    expect(issuer.requests.filter((path) => path === '/jwks' || path.startsWith('/.well-known'))).toHaveLength(2);
  });

  test('refuses what is for another audience, of another issuer, over, or without an address', async () => {
    await using issuer = await startTestIssuer();
    await using other = await startTestIssuer();
    let ahead = 0;
    const now = () => Date.now() + ahead;
    const { verifier } = verifierOf(issuer.url, { now, timestamp: () => new Date(now()).toISOString() });
    await expect(verifier.verify(await issuer.accessToken('https://other.example'))).rejects.toEqual(unauthorized(/audience/));
    await expect(verifier.verify(await other.accessToken())).rejects.toEqual(unauthorized(/another issuer/));
    issuer.claims = {};
    await expect(verifier.verify(await issuer.accessToken())).rejects.toEqual(unauthorized(/"email"/));
    issuer.claims = { email: 'ada@example.com', email_verified: true };
    const token = await issuer.accessToken();
    ahead = 3_606_000;
    await expect(verifier.verify(token)).rejects.toEqual(unauthorized(/expired/));
  });

  test('refuses its claims without a signature, and signed with a secret of the forger', async () => {
    await using issuer = await startTestIssuer();
    const { verifier } = verifierOf(issuer.url);
    const [header = '', payload = ''] = (await issuer.accessToken()).split('.');
    const { kid } = decodeProtectedHeader(`${header}.${payload}.`);
    const headerOf = (alg: string) => Buffer.from(JSON.stringify({ alg, kid })).toString('base64url');
    const hmac = await new SignJWT(decodeJwt(`${header}.${payload}.`))
      .setProtectedHeader({ alg: 'HS256', ...(kid === undefined ? {} : { kid }) })
      .sign(createHash('sha256').update('x').digest());
    for (const forged of [`${headerOf('none')}.${payload}.`, `${headerOf('None')}.${payload}.`, `${headerOf('RS256')}.${payload}.`, hmac]) {
      await expect(verifier.verify(forged)).rejects.toEqual(unauthorized(/not valid/));
    }
  });

  test('finds its new keys after a rotation, and forgets the old ones', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const before = await startTestIssuer();
    const { verifier } = verifierOf(before.url);
    const [seen, unseen] = [await before.accessToken(), await before.accessToken()];
    await verifier.verify(seen);
    await before[Symbol.asyncDispose]();
    await using after = await startTestIssuer({ port: before.port });
    const rotated = await after.accessToken();
    vi.setSystemTime(Date.now() + 6000);
    await expect(verifier.verify(rotated)).resolves.toMatchObject({ userId: 'usr_ada' });
    await expect(verifier.verify(unseen)).rejects.toEqual(unauthorized(/not valid/));
  });

  test('tokens that name unknown keys make it ask for the keys now and then only', async () => {
    await using issuer = await startTestIssuer();
    const { verifier } = verifierOf(issuer.url);
    await verifier.verify(await issuer.accessToken());
    issuer.requests.length = 0;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (let number = 0; number < 50; number += 1) {
      const claims = { iss: issuer.url, aud: testAudience, sub: 'usr_eve', exp: 9_999_999_999 };
      const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: `unknown ${number}` }).sign(privateKey);
      await expect(verifier.verify(forged)).rejects.toEqual(unauthorized(/not valid/));
    }
    expect(issuer.requests.length).toBeLessThanOrEqual(1);
  });

  test('is not needed at the start: its tokens are unavailable until it is there', async () => {
    const gone = await startTestIssuer();
    const token = await gone.accessToken();
    await gone[Symbol.asyncDispose]();
    let now = Date.now();
    const clock = { now: () => now, timestamp: () => new Date(now).toISOString() };
    const { verifier, troubles } = verifierOf(gone.url, clock);
    for (let number = 0; number < 5; number += 1) await expect(verifier.verify(token)).rejects.toEqual(unavailable);
    expect(troubles).toHaveLength(1);
    await using back = await startTestIssuer({ port: gone.port });
    const fresh = await back.accessToken();
    await expect(verifier.verify(fresh)).rejects.toEqual(unavailable);
    now += 1000;
    await expect(verifier.verify(fresh)).resolves.toMatchObject({ userId: 'usr_ada' });
    expect(troubles).toHaveLength(1);
  });

  test('while it is away, what was verified stays good, and what was not is unavailable, not refused', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const issuer = await startTestIssuer();
    const { verifier } = verifierOf(issuer.url);
    const [seen, unseen] = [await issuer.accessToken(), await issuer.accessToken()];
    await verifier.verify(seen);
    await issuer[Symbol.asyncDispose]();
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await expect(verifier.verify(seen)).resolves.toMatchObject({ userId: 'usr_ada' });
    await expect(verifier.verify(unseen)).rejects.toEqual(unavailable);
  });

  test('an issuer that calls itself by another name is not used, and the operator is told', async () => {
    await using issuer = await startTestIssuer();
    const { verifier, troubles } = verifierOf(issuer.url.replace('127.0.0.1', 'localhost'));
    await expect(verifier.verify(await issuer.accessToken())).rejects.toEqual(unavailable);
    expect(String(troubles[0])).toContain(`calls itself ${issuer.url}`);
  });
});
