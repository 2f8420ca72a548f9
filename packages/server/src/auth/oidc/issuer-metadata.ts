import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { createBackoff } from './backoff.ts';

const keptMs = 3_600_000;
const patienceMs = 5000;

const schema = z.looseObject({
  issuer: z.url(),
  jwks_uri: z.url({ protocol: /^https?$/ }),
  authorization_endpoint: z.url({ protocol: /^https?$/ }),
  token_endpoint: z.url({ protocol: /^https?$/ }),
  userinfo_endpoint: z.url({ protocol: /^https?$/ }).optional(),
  end_session_endpoint: z.url({ protocol: /^https?$/ }).optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
});

/** What an issuer says of itself (OpenID Connect Discovery 1.0, section 3); only the fields that are used are checked. */
export type IssuerMetadata = z.output<typeof schema>;

export interface MetadataOptions {
  readonly issuer: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Told why the issuer could not be used; the callers learn only that it could not. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Asks the issuer for its metadata when first needed, and again after an hour; what is known is kept while the issuer is away.
 * The function @throws ApiError `unavailable` as long as nothing was learnt yet.
 */
export function createMetadata({ issuer, clock, fetch, onTrouble }: MetadataOptions): () => Promise<IssuerMetadata> {
  const backoff = createBackoff(clock, onTrouble);
  let known: { readonly until: number; readonly value: IssuerMetadata } | undefined;
  let asking: Promise<IssuerMetadata> | undefined;

  async function ask(): Promise<IssuerMetadata> {
    const value = await backoff.attempt(() => discover(issuer, fetch));
    known = { until: clock.now() + keptMs, value };
    return value;
  }

  return async () => {
    if (known !== undefined && clock.now() < known.until) return known.value;
    asking ??= ask().finally(() => (asking = undefined));
    try {
      return await asking;
    } catch (error) {
      if (known !== undefined) return known.value;
      throw error;
    }
  };
}

async function discover(issuer: string, fetch: MetadataOptions['fetch']): Promise<IssuerMetadata> {
  const address = `${withoutSlash(issuer)}/.well-known/openid-configuration`;
  const reply = await fetch(address, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  });
  if (reply.status !== 200) throw new Error(`${address} answered with HTTP ${reply.status}. Check AI_SESSIONS_OIDC_ISSUER.`);
  const metadata = schema.parse(await reply.json());
  if (withoutSlash(metadata.issuer) !== withoutSlash(issuer)) {
    throw new Error(`The issuer at ${address} calls itself ${metadata.issuer}. Set AI_SESSIONS_OIDC_ISSUER to exactly that.`);
  }
  checkEncrypted(issuer, metadata);
  return metadata;
}

/** An issuer on https must not send users, codes or key requests over plain http. */
function checkEncrypted(issuer: string, metadata: IssuerMetadata): void {
  if (!issuer.startsWith('https:')) return;
  const { jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint, end_session_endpoint } = metadata;
  const plain = [jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint, end_session_endpoint].filter((address) =>
    address?.startsWith('http:'),
  );
  if (plain.length > 0) throw new Error(`The issuer names addresses without TLS: ${plain.join(', ')}`);
}

/** Issuers are compared without the slash at their end, which operators leave out and some issuers have. */
export function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '');
}
