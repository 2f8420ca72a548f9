import { Agent, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { type Profile, type RouteContract, type Session, defaultLimits, errorBody, routes } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, startTestApp } from './test-app.ts';

const many = 1_000_000;
const agent = new Agent({ keepAlive: true });
let app: TestApp;
let authorization: string;
let ids: { session: string; profile: string };

beforeAll(async () => {
  const limits = {
    ...defaultLimits,
    register_per_minute: many,
    create_session_per_minute: many,
    concurrent_sessions: many,
    profiles: many,
  };
  app = await startTestApp({ config: { limits } });
  await app.call(routes.register, 'ada');
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  const { session } = (await app.call(routes.createSession, 'ada')).json<{ session: Session }>();
  const { profile } = (await app.call(routes.createProfile, 'ada', { body: { name: 'p' } })).json<{ profile: Profile }>();
  ids = { session: session.id, profile: profile.id };
  authorization = `Bearer ${await app.token('ada')}`;
  await app.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  agent.destroy();
  await app[Symbol.asyncDispose]();
});

// What would leave nothing to work on.
const endsIt = new Set<RouteContract>([routes.deregister, routes.deleteCredential, routes.deleteSessionRecord, routes.deleteProfile]);
const known = Object.values<RouteContract>(routes).filter((contract) => !endsIt.has(contract));
const others = ['/auth/sign-in', '/auth/refresh', '/auth/sign-out', '/auth/config', '/docs', '/openapi.json', '/metrics', '/', '/nothing'];

const oddTexts = [
  '%',
  '%00',
  '%2e%2e%2f',
  '..',
  '\u0000',
  '__proto__',
  'constructor',
  'ses_x',
  'prf_x',
  '?',
  '&',
  '#',
  ';',
  '/',
  '\\',
  'ä',
  '%F0%9F',
  '[]',
  '*',
];
const text = fc.oneof(
  fc.constantFrom(...oddTexts),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constant('x'.repeat(5000)),
);
const id = fc.oneof(
  fc.constantFrom('session' as const, 'profile' as const).map((kind) => () => ids[kind]),
  text.map((odd) => () => odd),
);
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom('?limit=3', '?after_seq=1', '?status=ended&cursor=', '?session_id=oas_x', '?path=..'),
  fc.tuple(text, text).map(([name, value]) => `?${name}=${value}`),
);
const target = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...known).map(({ method, path }) => ({ method: method as string, path })) },
  fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'),
    path: fc.oneof(
      fc.constantFrom(...others, ...known.map(({ path }) => path)),
      text.map((odd) => `/${odd}`),
    ),
  }),
);

const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>('***', 1e308, -1, 3, '\u0000', '\ud800', [], {}, null, { A: '***' }, { A: 'b' }, ['Read', 'Bash(ls:*)']),
);
const fields = [
  'name',
  'api_key',
  'allowed_tools',
  'environment',
  'mcp_servers',
  'max_turns',
  'max_budget_usd',
  'profile_id',
  'code',
  'plugins',
  'idempotency_key',
  'initial_prompt',
  'model',
  '__proto__',
];
const json = fc.oneof(
  fc.constantFrom('{"name":"x"}', '{"name":"x","max_turns":3}', '{"initial_prompt":"x"}', '{}', 'null', ''),
  fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 4 }).map((body) => JSON.stringify(body)),
  fc.jsonValue().map((body) => JSON.stringify(body)),
);
const body = fc.oneof(
  { weight: 4, arbitrary: json },
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('{', '['.repeat(50_000)),
);

const headers = fc.record(
  {
    authorization: fc.oneof({ weight: 9, arbitrary: fc.constant('good') }, fc.string()),
    'content-type': fc.oneof(
      { weight: 5, arbitrary: fc.constant('application/json') },
      fc.constantFrom('application/json; charset=latin1', 'text/plain', '', ';'),
    ),
    accept: fc.constantFrom('text/html', '*/*', ''),
    origin: fc.constantFrom('null', 'http://localhost:8080', 'x'),
    cookie: fc.oneof(fc.constantFrom('ai_sessions_refresh=%', 'ai_sessions_refresh', '=;=;', '__proto__=1'), fc.string()),
    range: fc.constantFrom('bytes=0-0', 'bytes=9-', 'x'),
  },
  { requiredKeys: ['authorization', 'content-type'] },
);

test('no input gives a 5xx, and every refusal has the contract’s shape', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(target, id, query, headers, fc.option(body), async ({ method, path }, anId, aQuery, given, payload) => {
      const sent = Object.fromEntries(Object.entries(given).map(([name, odd]) => [name, odd === 'good' ? authorization : printable(odd)]));
      const url = encoded(path.replace(':id', anId) + aQuery);
      const reply = await send(method, url, sent, payload);
      seen.add(reply.status);
      expect(reply.status, reply.body).toBeLessThan(500);
      if (reply.status >= 400 && method !== 'HEAD') expect(errorBody.parse(JSON.parse(reply.body)).status).toBe(reply.status);
    }),
    { numRuns: 2000 },
  );
  // It was not the door alone that was tried.
  expect([...seen]).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 405, 415]));
}, 120_000);

/** Over a real connection, so that the HTTP parser has its say as well. */
async function send(method: string, path: string, given: Record<string, string>, payload: string | Buffer | null) {
  const { port } = app.app.server.address() as AddressInfo;
  const length = payload === null ? {} : { 'content-length': Buffer.byteLength(payload) };
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const request = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers: { ...given, ...length } }, (reply) => {
    readText(reply).then((body) => resolve({ status: reply.statusCode ?? 0, body }), reject);
  });
  request.on('error', reject).end(payload ?? undefined);
  return await promise;
}

/** Without what never reaches an app: bytes that the HTTP parser refuses in a header. */
function printable(odd: string): string {
  return odd.replaceAll(/[^\x20-\x7e]/g, '?');
}

/** The same for a URL; its percent signs stay as they are. */
function encoded(url: string): string {
  return url.replaceAll(/[^\x21-\x7e]/gu, (character) => (character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80'));
}
