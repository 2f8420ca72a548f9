import { ApiError } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import type { TokenVerifier } from './auth.ts';

/** How a contract test makes tokens that the verifier under test should take, and ones that it should not. */
export interface VerifierUnderTest {
  readonly verifier: TokenVerifier;
  /** Milliseconds since the epoch, as the verifier sees it. */
  now(): number;
  advance(milliseconds: number): void;
  /** Signs with the right key; `claims` replaces single claims, undefined removes one. */
  sign(claims?: Record<string, unknown>): Promise<string>;
  /** The same claims signed with a key of somebody else. */
  signWithOtherKey(): Promise<string>;
  /** The same claims with another algorithm, keyed by the public key as an attacker would. */
  signWithOtherAlgorithm(): Promise<string>;
}

const unsigned = (claims: object) => `${base64({ alg: 'none', typ: 'JWT' })}.${base64(claims)}.`;
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What every token verifier must hold. Tokens of `sign()` are for `usr_ada`, `ada@example.com`, for one hour. */
export function runVerifierContract(name: string, make: () => Promise<VerifierUnderTest>): void {
  const refuses = async (verifier: TokenVerifier, token: string) => {
    const error = await verifier.verify(token).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringMatching(/\w+ \w+/) });
    expect(String(error)).not.toContain(token.slice(0, 20) || 'Bearer ey');
  };

  describe(`${name}: token verifier`, () => {
    test('gives who the token speaks for, and again from the cache', async () => {
      const { verifier, sign, now } = await make();
      const token = await sign();
      const expected = { userId: 'usr_ada', email: 'ada@example.com', emailVerified: true };
      for (const identity of [await verifier.verify(token), await verifier.verify(token)]) {
        expect(identity).toMatchObject(expected);
        expect(Math.abs(identity.expiresAt - now() - 3_600_000)).toBeLessThan(1001);
      }
    });

    test('takes a token until 5 s after it ended, and not later, also when it was taken before', async () => {
      const { verifier, sign, advance, now } = await make();
      const token = await sign();
      const { expiresAt } = await verifier.verify(token);
      advance(expiresAt - now() + 4000);
      await expect(verifier.verify(token)).resolves.toMatchObject({ userId: 'usr_ada' });
      advance(1000);
      await refuses(verifier, token);
      await refuses(verifier, token);
    });

    test.each([
      ['another audience', { aud: 'someone-else' }],
      ['another issuer', { iss: 'https://evil.example' }],
      ['no issuer', { iss: undefined }],
      ['no audience', { aud: undefined }],
      ['no subject', { sub: undefined }],
      ['an empty subject', { sub: '' }],
      ['no email', { email: undefined }],
      ['an address that was not verified', { email_verified: false }],
      ['an address that says it is verified as text', { email_verified: 'true' }],
      ['nothing about verification', { email_verified: undefined }],
      ['no end', { exp: undefined }],
    ])('refuses a token with %s', async (_, claims) => {
      const { verifier, sign } = await make();
      await refuses(verifier, await sign(claims));
    });

    test('refuses another key, another algorithm and no signature at all', async () => {
      const { verifier, sign, signWithOtherKey, signWithOtherAlgorithm } = await make();
      await refuses(verifier, await signWithOtherKey());
      await refuses(verifier, await signWithOtherAlgorithm());
      const [, payload = ''] = (await sign()).split('.');
      await refuses(verifier, unsigned(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object));
    });

    test('refuses what is no token, and one that was changed', async () => {
      const { verifier, sign } = await make();
      const token = await sign();
      await verifier.verify(token);
      const [header = '', , signature = ''] = token.split('.');
      const forged = `${header}.${base64({ sub: 'usr_eve', email: 'eve@example.com', email_verified: true, exp: 9_999_999_999 })}.${signature}`;
      for (const wrong of ['', 'x', 'a.b.c', '..', 'a'.repeat(10_000), `${token.slice(0, -4)}AAAA`, forged]) await refuses(verifier, wrong);
    });
  });
}
