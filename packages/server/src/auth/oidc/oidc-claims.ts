import { ApiError } from '@ai-sessions/protocol';
import { z } from 'zod';

/** OpenID Connect Core 1.0, section 2: `sub` is at most 255 ASCII characters. */
const subject = z.string().regex(/^[\x20-\x7e]{1,255}$/);
const email = z.string().min(3).max(254).includes('@');

/** Of an issuer's claims, those by which a user is known here. */
export interface UserClaims {
  readonly userId: string;
  readonly email: string;
}

/** @throws ApiError `unauthorized` that says which claim is amiss and who can mend it; `where` names what holds the claims. */
export function userClaims(claims: Readonly<Record<string, unknown>>, where: string): UserClaims {
  const sub = subject.safeParse(claims.sub);
  if (!sub.success)
    throw new ApiError('unauthorized', `${where} has no usable "sub" claim: 1 to 255 printable ASCII characters are expected.`);
  const address = email.safeParse(claims.email);
  if (!address.success) {
    throw new ApiError(
      'unauthorized',
      `${where} has no "email" claim, by which users are known here. Ask your operator to have the issuer add "email" and "email_verified" to it.`,
    );
  }
  if (claims.email_verified !== true) {
    throw new ApiError(
      'unauthorized',
      `${where} does not say that your address is verified ("email_verified": true). Verify it where you sign in, or ask your operator to have the issuer add the claim.`,
    );
  }
  return { userId: sub.data, email: address.data };
}
