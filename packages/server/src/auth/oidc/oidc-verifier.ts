import type { Clock } from '../../clock.ts';
import type { TokenVerifier } from '../auth.ts';
import { cacheVerified } from '../verified-tokens.ts';
import { userClaims } from './oidc-claims.ts';
import type { OidcIssuer } from './oidc-issuer.ts';

const leewayMs = 5000;

/**
 * Verifies access tokens (JWT) of an OpenID Connect issuer by its published keys. `sub` is the user.
 * Beside what the port says, `verify` @throws ApiError `unavailable` while the issuer cannot be asked for its keys.
 */
export function createOidcVerifier(options: {
  readonly issuer: OidcIssuer;
  readonly audience: string;
  readonly clock: Clock;
}): TokenVerifier {
  const { issuer, audience, clock } = options;
  const verifier: TokenVerifier = {
    async verify(token) {
      const payload = await issuer.payloadOf(token, audience);
      const user = userClaims(payload, 'The token');
      return { ...user, emailVerified: true, expiresAt: (payload.exp ?? 0) * 1000 };
    },
  };
  return cacheVerified(verifier, clock, leewayMs);
}
