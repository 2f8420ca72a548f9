import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createCodeFlow } from './code-flow.ts';
import { type Flow, createFlowSeal } from './flow-seal.ts';
import { createOidcIssuer } from './oidc-issuer.ts';
import { type TestIssuer, type TestIssuerOptions, startTestIssuer, testClients } from './test-issuer.ts';

const redirectUri = 'http://127.0.0.1:1/auth/oidc/callback';
const seal = createFlowSeal(Buffer.alloc(32, 1), systemClock);
const start = (options: TestIssuerOptions = {}) => startTestIssuer({ redirectUri, ...options });
const request = { redirectUri, returnTo: 'http://127.0.0.1:1/sessions/x' };
const web = { clientId: testClients.public, clientSecret: null };
const ada = { kind: 'signed_in', user: { userId: 'usr_ada', email: 'ada@example.com' }, returnTo: request.returnTo };

function flowAt({ url }: Pick<TestIssuer, 'url'>, settings: { clientId: string; clientSecret: string | null } = web) {
  return createCodeFlow({ settings, issuer: createOidcIssuer({ issuer: url, clock: systemClock }), seal });
}

async function changed(sealed: string, changes: Partial<Flow>): Promise<string> {
  const flow = await seal.open(sealed);
  if (flow === null) throw new Error('the flow cannot be opened');
  return seal.seal({ ...flow, ...changes });
}

test.each([
  ['a public client, the address told at userinfo', {}, web],
  ['a client with a secret', {}, { clientId: testClients.confidential.id, clientSecret: testClients.confidential.secret }],
  ['ES256, the address in the id token', { signs: 'ES256', emailInIdToken: true }, web],
] as const)('signs in: %s', async (_, options, settings) => {
  await using issuer = await start(options);
  const flow = flowAt(issuer, settings);
  const { url, sealed } = await flow.begin(request);
  await expect(flow.finish({ url: await issuer.browse(url), sealed })).resolves.toEqual(ada);
  expect(issuer.requests.includes('/me')).toBe(!('emailInIdToken' in options));
});

test('what leaves for the issuer has state, nonce and an S256 challenge, and none of it twice', async () => {
  await using issuer = await start();
  const flow = flowAt(issuer);
  const [one, other] = [await flow.begin(request), await flow.begin(request)].map(({ url }) => new URL(url).searchParams);
  expect(Object.fromEntries(one ?? [])).toEqual({
    client_id: 'web',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid email',
    state: expect.stringMatching(/^.{43}$/),
    nonce: expect.stringMatching(/^.{43}$/),
    code_challenge: expect.stringMatching(/^.{43}$/),
    code_challenge_method: 'S256',
  });
  for (const name of ['state', 'nonce', 'code_challenge']) expect(one?.get(name)).not.toBe(other?.get(name));
});

test('the seal shows nothing of the flow, and ends after ten minutes', async () => {
  let now = Date.now();
  const passing = createFlowSeal(Buffer.alloc(32, 1), { now: () => now, timestamp: () => '' });
  const sealed = await passing.seal({ state: 'STATE', nonce: 'NONCE', codeVerifier: 'VERIFIER', returnTo: '/' });
  const shown = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  expect(shown.join('')).not.toMatch(/STATE|NONCE|VERIFIER/);
  await expect(passing.open(sealed)).resolves.toMatchObject({ state: 'STATE' });
  await expect(createFlowSeal(Buffer.alloc(32, 2), systemClock).open(sealed)).resolves.toBeNull();
  now += 600_000;
  await expect(passing.open(sealed)).resolves.toBeNull();
});

test('comes to nothing without a flow, with a forged one, and with the state of another', async () => {
  await using issuer = await start();
  const flow = flowAt(issuer);
  const { url, sealed } = await flow.begin(request);
  const other = await flow.begin(request);
  const back = await issuer.browse(url);
  for (const wrong of [undefined, '', 'x', `${sealed.slice(0, -3)}AAA`, 'a'.repeat(5000), other.sealed]) {
    await expect(flow.finish({ url: back, sealed: wrong })).resolves.toMatchObject({ kind: 'refused', because: 'no_flow' });
  }
  expect(issuer.requests).not.toContain('/token');
});

test('a reply that is played again is refused by the issuer', async () => {
  await using issuer = await start();
  const flow = flowAt(issuer);
  const { url, sealed } = await flow.begin(request);
  const back = await issuer.browse(url);
  await expect(flow.finish({ url: back, sealed })).resolves.toEqual(ada);
  await expect(flow.finish({ url: back, sealed })).resolves.toMatchObject({ kind: 'refused', because: 'used' });
});

test('a code is worth nothing with another code verifier, and an id token nothing with another nonce', async () => {
  await using issuer = await start();
  const flow = flowAt(issuer);
  const stolen = await flow.begin(request);
  const withVerifier = await changed(stolen.sealed, { codeVerifier: 'w'.repeat(43) });
  await expect(flow.finish({ url: await issuer.browse(stolen.url), sealed: withVerifier })).resolves.toMatchObject({
    kind: 'refused',
    because: 'used',
  });
  const injected = await flow.begin(request);
  const withNonce = await changed(injected.sealed, { nonce: 'another' });
  await expect(flow.finish({ url: await issuer.browse(injected.url), sealed: withNonce })).resolves.toMatchObject({
    kind: 'refused',
    because: 'issuer',
    detail: expect.stringContaining('OAUTH_JWT_CLAIM_COMPARISON_FAILED'),
  });
});

test('the issuer turns a request away that has no code challenge', async () => {
  await using issuer = await start();
  const url = new URL((await flowAt(issuer).begin(request)).url);
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  const back = await issuer.browse(url.href);
  expect(back.searchParams.get('error')).toBe('invalid_request');
});

test('says why: declined, an address that is not verified, a wrong secret, an issuer that went away', async () => {
  await using issuer = await start();
  const outcomeOf = async (flow = flowAt(issuer), before: () => PromiseLike<void> = async () => undefined) => {
    const { url, sealed } = await flow.begin(request);
    const back = await issuer.browse(url);
    await before();
    const outcome = await flow.finish({ url: back, sealed });
    expect(JSON.stringify(outcome)).not.toContain(back.searchParams.get('code') ?? 'no code');
    return outcome.kind === 'refused' ? outcome.because : outcome.kind;
  };
  issuer.login = null;
  await expect(outcomeOf()).resolves.toBe('declined');
  issuer.login = 'usr_ada';
  issuer.claims = { email: 'ada@example.com', email_verified: false };
  await expect(outcomeOf()).resolves.toBe('claims');
  issuer.claims = {};
  await expect(outcomeOf()).resolves.toBe('claims');
  const wrongSecret = flowAt(issuer, { clientId: testClients.confidential.id, clientSecret: 'wrong' });
  await expect(outcomeOf(wrongSecret)).resolves.toBe('issuer');
  await expect(outcomeOf(flowAt(issuer), () => issuer[Symbol.asyncDispose]())).resolves.toBe('unavailable');
});

test('cannot begin while the issuer is down, and can when it is back', async () => {
  const gone = await start();
  await gone[Symbol.asyncDispose]();
  await expect(flowAt(gone).begin(request)).rejects.toMatchObject({ code: 'unavailable' });
  await using back = await start({ port: gone.port });
  await expect(flowAt(back).begin(request)).resolves.toMatchObject({ url: expect.stringContaining(`${gone.url}/auth?`) });
});
