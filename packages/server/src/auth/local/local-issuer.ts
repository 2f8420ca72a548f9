import { ApiError } from '@ai-sessions/protocol';
import { type JWTPayload, SignJWT, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Identity, TokenIssuer, TokenVerifier } from '../auth.ts';
import { cacheVerified } from '../verified-tokens.ts';
import { type IssuerKey, readOrCreateIssuerKey } from './issuer-key.ts';

const algorithm = 'ES256';
const party = 'ai-sessions';
const leewaySeconds = 5;

const claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().min(3).max(254).includes('@'),
  email_verified: z.literal(true),
  exp: z.number(),
});

/** This server as its own issuer: signs tokens with a key in the data directory, made at the first start, and verifies them. */
export async function createLocalIssuer(options: {
  readonly dataDir: string;
  readonly clock: Clock;
}): Promise<TokenIssuer & TokenVerifier> {
  const key = await readOrCreateIssuerKey(options.dataDir);
  const { clock } = options;
  return {
    ...createTokenIssuer(key, clock),
    ...cacheVerified({ verify: (token) => verifySigned(token, key, clock) }, clock, leewaySeconds * 1000),
  };
}

/** Signs tokens with a key that is there already. */
export function createTokenIssuer(key: IssuerKey, clock: Clock): TokenIssuer {
  return {
    issue(user, ttlSeconds) {
      const issuedAt = Math.floor(clock.now() / 1000);
      return new SignJWT({ email: user.email, email_verified: true })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: key.id })
        .setIssuer(party)
        .setAudience(party)
        .setSubject(user.userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key.privateKey);
    },
  };
}

async function verifySigned(token: string, key: IssuerKey, clock: Clock): Promise<Identity> {
  const payload = await verifiedPayload(token, key, clock);
  const parsed = claims.safeParse(payload);
  if (!parsed.success) {
    const missing = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new ApiError('unauthorized', `The token lacks what is needed of: ${missing}. Sign in again for a new one.`);
  }
  const { sub, email, exp } = parsed.data;
  return { userId: sub, email, emailVerified: true, expiresAt: exp * 1000 };
}

async function verifiedPayload(token: string, key: IssuerKey, clock: Clock): Promise<JWTPayload> {
  try {
    const verified = await jwtVerify(token, key.publicKey, {
      algorithms: [algorithm],
      issuer: party,
      audience: party,
      clockTolerance: leewaySeconds,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp'],
    });
    return verified.payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new ApiError('unauthorized', 'The token has expired. Sign in again, or refresh it.');
    throw new ApiError('unauthorized', 'The token is not valid here: it is malformed, or of another issuer. Sign in for a new one.');
  }
}
