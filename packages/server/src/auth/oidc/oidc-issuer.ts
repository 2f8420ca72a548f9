import { ApiError } from '@ai-sessions/protocol';
import { type JWTPayload, type JWTVerifyGetKey, createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { Clock } from '../../clock.ts';
import { createBackoff } from './backoff.ts';
import { type IssuerMetadata, createMetadata } from './issuer-metadata.ts';

/** Those that need the issuer's private key; `none` and the HMACs, keyed by what both sides know, are not among them. */
const algorithms = [...['RS', 'PS', 'ES'].flatMap((kind) => [`${kind}256`, `${kind}384`, `${kind}512`]), 'EdDSA', 'Ed25519'];
const leewaySeconds = 5;
const keysKeptMs = 10 * 60_000;
/** At most so often are the keys asked for again because a token names one that is not among them. */
const keysCooldownMs = 5000;
const keysPatienceMs = 5000;

/** An OpenID Connect issuer, found by its address: asked when first needed, so that it need not be there when this server starts. */
export interface OidcIssuer {
  /** As the operator set it, with or without a slash at the end. */
  readonly address: string;
  /** @throws ApiError `unavailable` while the issuer does not answer. */
  metadata(): Promise<IssuerMetadata>;
  /**
   * The payload of a JWT that this issuer signed for `audience`, within its time (5 s leeway).
   * @throws ApiError `unauthorized` for any other, `unavailable` while the issuer's keys cannot be had.
   */
  payloadOf(token: string, audience: string): Promise<JWTPayload>;
}

export interface OidcIssuerOptions {
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  /** Told why the issuer could not be used, for the operator's log. */
  readonly onTrouble?: (error: unknown) => void;
}

export function createOidcIssuer(options: OidcIssuerOptions): OidcIssuer {
  const { clock, issuer: address, fetch = globalThis.fetch, onTrouble = () => undefined } = options;
  const metadata = createMetadata({ issuer: address, clock, fetch, onTrouble });
  const keysAt = createKeys({ clock, fetch, onTrouble });
  return {
    address,
    metadata,
    async payloadOf(token, audience) {
      const { issuer, jwks_uri } = await metadata();
      try {
        const verified = await jwtVerify(token, keysAt(jwks_uri), {
          algorithms,
          issuer,
          audience,
          clockTolerance: leewaySeconds,
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp'],
        });
        return verified.payload;
      } catch (error) {
        throw error instanceof ApiError ? error : refusal(error);
      }
    },
  };
}

function refusal(error: unknown): ApiError {
  if (error instanceof errors.JWTExpired) return new ApiError('unauthorized', 'The token has expired. Get a new one where you sign in.');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return new ApiError(
      'unauthorized',
      'The token is for another audience. Ask your sign-in service for one for this server (AI_SESSIONS_OIDC_AUDIENCE).',
    );
  }
  return new ApiError('unauthorized', 'The token is not valid here: it is malformed, or of another issuer. Sign in for a new one.');
}

/** The issuer's keys: kept for ten minutes, and asked for again when a token names a key that is not among them. */
function createKeys({ clock, fetch, onTrouble }: { clock: Clock; fetch: typeof globalThis.fetch; onTrouble: (error: unknown) => void }) {
  const backoff = createBackoff(clock, onTrouble);
  let current: { readonly address: string; readonly key: JWTVerifyGetKey } | undefined;

  function keysAt(address: string): JWTVerifyGetKey {
    if (current?.address === address) return current.key;
    const remote = createRemoteJWKSet(new URL(address), {
      cacheMaxAge: keysKeptMs,
      cooldownDuration: keysCooldownMs,
      timeoutDuration: keysPatienceMs,
      [customFetch]: (url, init) => backoff.attempt(() => fetchKeys(fetch, url, init)),
    });
    const key: JWTVerifyGetKey = async (header, token) => {
      try {
        return await remote(header, token);
      } catch (error) {
        if (error instanceof ApiError || isTokensFault(error)) throw error;
        onTrouble(error);
        throw new ApiError('unavailable', 'The keys of the sign-in service cannot be read. Try again in a moment.', {
          retryAfterSeconds: 10,
          cause: error,
        });
      }
    };
    current = { address, key };
    return key;
  }
  return keysAt;
}

async function fetchKeys(fetch: typeof globalThis.fetch, url: string, init: RequestInit): Promise<Response> {
  const reply = await fetch(url, init);
  if (reply.status !== 200) throw new Error(`${url} answered with HTTP ${reply.status}`);
  return reply;
}

function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
