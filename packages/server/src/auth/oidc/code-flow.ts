import { ApiError } from '@ai-sessions/protocol';
import * as client from 'openid-client';
import type { Flow, FlowSeal } from './flow-seal.ts';
import type { IssuerMetadata } from './issuer-metadata.ts';
import { type UserClaims, userClaims } from './oidc-claims.ts';
import type { OidcIssuer } from './oidc-issuer.ts';
import type { OidcSettings } from './oidc-settings.ts';

const patienceSeconds = 10;
const scope = 'openid email';

/**
 * Why a sign-in came to nothing:
 * `no_flow` nothing is under way in this browser, or it took over ten minutes · `declined` the user or the issuer said no ·
 * `used` the code was used or is too old · `claims` the issuer tells too little of the user · `issuer` the issuer does
 * not take this server, or answers what is no valid answer · `unavailable` the issuer does not answer.
 */
export type RefusedBecause = 'no_flow' | 'declined' | 'used' | 'claims' | 'issuer' | 'unavailable';

type FlowOutcome =
  | { readonly kind: 'signed_in'; readonly user: UserClaims; readonly returnTo: string }
  /** `detail` is for the operator's log: no code, no token, nothing that a user typed. */
  | { readonly kind: 'refused'; readonly because: RefusedBecause; readonly detail: string };

/** Web sign-in at the issuer: authorization code with PKCE (S256), state and nonce. */
export interface CodeFlow {
  /** Where to send the browser, and what it keeps meanwhile. @throws ApiError `unavailable` while the issuer does not answer. */
  begin(request: { readonly redirectUri: string; readonly returnTo: string }): Promise<{ readonly url: string; readonly sealed: string }>;
  /** `url` is the address the browser came back to, with its query; without it, the redirect URI of `begin`. */
  finish(reply: { readonly url: URL; readonly sealed: string | undefined }): Promise<FlowOutcome>;
  /** Where a user ends the sign-in at the issuer itself; null if the issuer has no such page. @throws ApiError `unavailable`. */
  endSessionUrl(): Promise<string | null>;
}

export interface CodeFlowOptions {
  readonly settings: Pick<OidcSettings, 'clientId' | 'clientSecret'>;
  readonly issuer: OidcIssuer;
  readonly seal: FlowSeal;
  readonly fetch?: typeof fetch;
}

export function createCodeFlow({ settings, issuer, seal, fetch = globalThis.fetch }: CodeFlowOptions): CodeFlow {
  const configuration = async () => configurationOf(await issuer.metadata(), settings, fetch);

  async function exchange(flow: Flow, url: URL): Promise<FlowOutcome> {
    const config = await configuration();
    const tokens = await client.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: flow.codeVerifier,
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      idTokenExpected: true,
    });
    // The library leaves out the signature where the token came straight from the issuer; nothing is lost by looking.
    const claims = await issuer.payloadOf(tokens.id_token ?? '', settings.clientId);
    const told = await withEmail(config, claims, tokens.access_token);
    try {
      return { kind: 'signed_in', user: userClaims(told, 'What the issuer tells of the user'), returnTo: flow.returnTo };
    } catch (error) {
      return { kind: 'refused', because: 'claims', detail: error instanceof Error ? error.message : '' };
    }
  }

  return {
    async begin({ redirectUri, returnTo }) {
      const config = await configuration();
      const flow = { state: client.randomState(), nonce: client.randomNonce(), codeVerifier: client.randomPKCECodeVerifier(), returnTo };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(flow.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, sealed: await seal.seal(flow) };
    },
    async finish({ url, sealed }) {
      const flow = sealed === undefined ? null : await seal.open(sealed);
      if (flow === null || url.searchParams.get('state') !== flow.state) {
        return { kind: 'refused', because: 'no_flow', detail: flow === null ? 'no flow is under way' : 'another state' };
      }
      try {
        return await exchange(flow, url);
      } catch (error) {
        return refused(error);
      }
    },
    async endSessionUrl() {
      const { end_session_endpoint } = await issuer.metadata();
      if (end_session_endpoint === undefined) return null;
      const url = new URL(end_session_endpoint);
      url.searchParams.set('client_id', settings.clientId);
      return url.href;
    },
  };
}

function configurationOf(
  metadata: IssuerMetadata,
  settings: CodeFlowOptions['settings'],
  fetch: typeof globalThis.fetch,
): client.Configuration {
  const { clientId, clientSecret } = settings;
  const methods = metadata.token_endpoint_auth_methods_supported;
  // Discovery 1.0: an issuer that names no method takes client_secret_basic.
  const withSecret = methods === undefined || methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
  const authentication = clientSecret === null ? client.None() : withSecret(clientSecret);
  const config = new client.Configuration(metadata as client.ServerMetadata, clientId, { [client.clockTolerance]: 5 }, authentication);
  config.timeout = patienceSeconds;
  config[client.customFetch] = (url, init) => fetch(url, init);
  // The settings take such an issuer on loopback only.
  if (metadata.issuer.startsWith('http:')) client.allowInsecureRequests(config);
  return config;
}

/** Many issuers keep the address out of the id token and tell it at their userinfo endpoint (Core 1.0, section 5.4). */
async function withEmail(
  config: client.Configuration,
  claims: Readonly<Record<string, unknown>>,
  accessToken: string,
): Promise<Readonly<Record<string, unknown>>> {
  const isComplete = claims.email !== undefined && claims.email_verified !== undefined;
  if (isComplete || typeof claims.sub !== 'string' || config.serverMetadata().userinfo_endpoint === undefined) return claims;
  const told = await client.fetchUserInfo(config, accessToken, claims.sub);
  return { ...claims, email: told.email, email_verified: told.email_verified };
}

function refused(error: unknown): FlowOutcome {
  const [because, detail] = reasonOf(error);
  return { kind: 'refused', because, detail: detail.slice(0, 300) };
}

/** Fields are picked one by one: the errors themselves hold the address with its code, and the issuer's reply. */
function reasonOf(error: unknown): readonly [RefusedBecause, string] {
  if (error instanceof client.AuthorizationResponseError) {
    const because = error.error === 'temporarily_unavailable' || error.error === 'server_error' ? 'unavailable' : 'declined';
    return [because === 'declined' && isOurFault(error.error) ? 'issuer' : because, `authorization: ${error.error}`];
  }
  if (error instanceof client.ResponseBodyError) {
    const because = error.error === 'invalid_grant' ? 'used' : 'issuer';
    return [because, `token endpoint: ${error.error} ${error.error_description ?? ''}`];
  }
  if (error instanceof ApiError) return [error.code === 'unavailable' ? 'unavailable' : 'issuer', `id token: ${error.message}`];
  if (error instanceof client.WWWAuthenticateChallengeError) return ['issuer', `userinfo or token endpoint: HTTP ${error.status}`];
  if (error instanceof client.ClientError) {
    return [error.code === 'OAUTH_TIMEOUT' || isServerFault(error) ? 'unavailable' : 'issuer', `${error.code ?? ''} ${error.message}`];
  }
  // What fetch throws where nobody answers.
  if (error instanceof TypeError) return ['unavailable', error.message];
  throw error;
}

/** RFC 6749, section 4.1.2.1: the request, which is this server's, was not to the issuer's liking. */
function isOurFault(code: string): boolean {
  return ['invalid_request', 'unauthorized_client', 'unsupported_response_type', 'invalid_scope'].includes(code);
}

function isServerFault({ cause }: Error): boolean {
  return cause instanceof Response && cause.status >= 500;
}
