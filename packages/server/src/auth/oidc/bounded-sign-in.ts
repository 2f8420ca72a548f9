import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@ai-sessions/protocol';
import type { Clock } from '../../clock.ts';
import type { SignIn, SignedIn } from '../sign-in.ts';

/**
 * A sign-in that ends for good `lifetimeMs` after it began, however often it is refreshed, so that who was removed at
 * the issuer is soon out here too. Its refresh tokens are `inner.end.mac`: the end travels with the token, under an
 * HMAC-SHA256 of `key`. Refresh tokens without an end are not taken.
 */
export function boundSignIn(inner: SignIn, options: { readonly key: Buffer; readonly clock: Clock; readonly lifetimeMs: number }): SignIn {
  const { key, clock, lifetimeMs } = options;
  const macOf = (signed: string) => createHmac('sha256', key).update(signed).digest();

  function bounded(signedIn: SignedIn, endsAt: number): SignedIn {
    const signed = `${signedIn.refreshToken}.${endsAt}`;
    return { ...signedIn, refreshToken: `${signed}.${macOf(signed).toString('base64url')}` };
  }

  function opened(token: string): { readonly refreshToken: string; readonly endsAt: number } | null {
    const [refreshToken, endsAt, mac, ...more] = token.split('.');
    if (refreshToken === undefined || endsAt === undefined || mac === undefined || more.length > 0) return null;
    const given = Buffer.from(mac, 'base64url');
    const expected = macOf(`${refreshToken}.${endsAt}`);
    return given.length === expected.length && timingSafeEqual(given, expected) ? { refreshToken, endsAt: Number(endsAt) } : null;
  }

  return {
    newCode: (user) => inner.newCode(user),
    exchange: async (code) => bounded(await inner.exchange(code), clock.now() + lifetimeMs),
    async refresh(token) {
      const known = opened(token);
      if (known === null) throw new ApiError('unauthorized', 'You are signed out. Sign in again.');
      if (clock.now() >= known.endsAt) {
        await inner.signOut(known.refreshToken);
        throw new ApiError('unauthorized', 'Your sign-in has ended. Sign in again; your sessions go on.');
      }
      return bounded(await inner.refresh(known.refreshToken), known.endsAt);
    },
    async signOut(token) {
      const known = opened(token);
      return known === null ? null : await inner.signOut(known.refreshToken);
    },
  };
}
