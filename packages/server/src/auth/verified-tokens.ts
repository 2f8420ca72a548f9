import { createHash } from 'node:crypto';
import { ApiError } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { Identity, TokenVerifier } from './auth.ts';

const tokensKept = 10_000;
const longestToken = 8192;

/**
 * Remembers which tokens were verified, by their hash until they expire, since checking a signature takes some 200 µs.
 * Bounded: the token not used for longest is forgotten first.
 */
export function cacheVerified(verifier: TokenVerifier, clock: Clock, leewayMs: number): TokenVerifier {
  const verified = new Map<string, Identity>();
  return {
    async verify(token) {
      if (token === '') throw new ApiError('unauthorized', 'A token is needed: send Authorization: Bearer <token>.');
      if (token.length > longestToken) throw new ApiError('unauthorized', 'The token is too long to be one. Sign in for a new one.');
      const hash = createHash('sha256').update(token).digest('base64');
      const known = verified.get(hash);
      verified.delete(hash);
      const fresh = known !== undefined && clock.now() < known.expiresAt + leewayMs;
      const identity = fresh ? known : await verifier.verify(token);
      verified.set(hash, identity);
      const oldest = verified.keys().next();
      if (verified.size > tokensKept && oldest.done !== true) verified.delete(oldest.value);
      return identity;
    },
  };
}
