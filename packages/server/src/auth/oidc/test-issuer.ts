import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const testAudience = 'https://ai-sessions.test/api';
const secret = 'a secret of the confidential client';
export const testClients = { public: 'web', confidential: { id: 'web-with-secret', secret }, api: 'api-tool' } as const;
const apiRedirect = 'http://127.0.0.1/tool';

/** The certified `oidc-provider`, listening on loopback. Its interaction signs in whom `login` names, without asking. */
export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Who signs in next; null: somebody who presses cancel. */
  login: string | null;
  /** What the issuer tells of a user beside `sub`, in access tokens for the API and at userinfo. */
  claims: Record<string, unknown>;
  /** Requests it got, by path. */
  readonly requests: string[];
  /** Goes on as a browser would until an address of another origin comes up, and gives that. */
  browse(url: string): Promise<URL>;
  /** An access token (JWT) as an API client gets it: code and PKCE, for the API's audience unless another is named. */
  accessToken(audience?: string): Promise<string>;
}

export interface TestIssuerOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Of the web UI's clients. */
  readonly redirectUri?: string;
  readonly signs?: 'RS256' | 'ES256';
  readonly emailInIdToken?: boolean;
  /** How long access tokens last; an hour if absent. */
  readonly tokenSeconds?: number;
}

export async function startTestIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => {
    requests.push((request.url ?? '').split('?', 1)[0] ?? '');
    handler(request, response);
  });
  const requests: string[] = [];
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const issuer: TestIssuer = {
    url,
    port,
    login: 'usr_ada',
    claims: { email: 'ada@example.com', email_verified: true },
    requests,
    browse: (address) => browse(address, url),
    accessToken: (audience = testAudience) => accessToken(url, audience),
    [Symbol.asyncDispose]: () => close(server),
  };
  const provider = createProvider(issuer, options);
  const serve = provider.callback();
  handler = (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) void interact(provider, issuer, request, response);
    else void serve(request, response);
  };
  return issuer;
}

function createProvider(
  issuer: TestIssuer,
  { redirectUri, signs = 'RS256', emailInIdToken = false, tokenSeconds = 3600 }: TestIssuerOptions,
): Provider {
  const web = { redirect_uris: [redirectUri ?? 'http://127.0.0.1/callback'], id_token_signed_response_alg: signs };
  return new Provider(issuer.url, {
    clients: [
      { ...web, client_id: testClients.public, token_endpoint_auth_method: 'none' },
      { ...web, client_id: testClients.confidential.id, client_secret: testClients.confidential.secret },
      {
        client_id: testClients.api,
        token_endpoint_auth_method: 'none',
        redirect_uris: [apiRedirect],
        application_type: 'native',
        id_token_signed_response_alg: signs,
      },
    ],
    jwks: { keys: [signingKey(signs)] },
    cookies: { keys: ['test'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: tokenSeconds, IdToken: 600, AuthorizationCode: 60 },
    pkce: { required: () => true },
    conformIdTokenClaims: !emailInIdToken,
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...issuer.claims }) }),
    extraTokenClaims: (_context, token) => (token.kind === 'AccessToken' ? issuer.claims : undefined),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: signs } },
        }),
      },
    },
  });
}

function signingKey(alg: 'RS256' | 'ES256') {
  const { privateKey } =
    alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kty: alg === 'RS256' ? 'RSA' : 'EC', kid: randomUUID(), alg, use: 'sig' } as const;
}

/** The page where a user would type a password and agree: answers at once. */
async function interact(provider: Provider, issuer: TestIssuer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (issuer.login === null) return provider.interactionFinished(request, response, { error: 'access_denied' });
  if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: issuer.login } });
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  grant.addOIDCScope('openid email');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

async function browse(from: string, origin: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(from);
  for (let hops = 0; hops < 20; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';', 1)[0] ?? '').split(/=(.*)/s);
      cookies.set(name, value);
    }
    const location = reply.headers.get('location');
    if (location === null) throw new Error(`the issuer answered with HTTP ${reply.status}: ${(await reply.text()).slice(0, 500)}`);
    url = new URL(location, url);
    if (url.origin !== origin) return url;
  }
  throw new Error('the issuer redirects without end');
}

async function accessToken(issuer: string, audience: string): Promise<string> {
  const verifier = 'v'.repeat(64);
  const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
  const parameters = { client_id: testClients.api, redirect_uri: apiRedirect };
  const request = {
    response_type: 'code',
    scope: 'openid email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: audience,
  };
  const back = await browse(`${issuer}/auth?${new URLSearchParams({ ...parameters, ...request }).toString()}`, issuer);
  const code = back.searchParams.get('code') ?? '';
  const body = new URLSearchParams({ ...parameters, grant_type: 'authorization_code', code, code_verifier: verifier, resource: audience });
  const reply = await fetch(`${issuer}/token`, { method: 'POST', body });
  const { access_token } = (await reply.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no access token: ${back.href} HTTP ${reply.status}`);
  return access_token;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
