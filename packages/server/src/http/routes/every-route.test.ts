import { errorStatus, routes } from '@ai-sessions/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, startTestApp } from '../test-app.ts';
import { apiRoutes } from './index.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.call(routes.register, 'ada');
});
afterAll(() => app[Symbol.asyncDispose]());

const idOf = (path: string) => (path.includes('profiles') ? 'prf_x' : path.includes('approvals') ? 'apr_x' : 'ses_x');
const all = Object.entries(apiRoutes).map(([name, { contract }]) => ({
  name,
  contract,
  id: idOf(contract.path),
  url: contract.path.replace(':id', idOf(contract.path)),
}));

describe.each(all)('$name', ({ name, contract, url, id }) => {
  test('is the contract’s entry of that name', () => expect(contract).toBe(routes[name as keyof typeof routes]));

  test('401 without a token, with a wrong one, and with a header of another form', async () => {
    for (const authorization of [undefined, 'Bearer wrong', 'Bearer', 'Basic YTpi', 'Bearer a b', '']) {
      const headers = authorization === undefined ? {} : { authorization };
      const reply = await app.inject({ method: contract.method, url, headers });
      expect(reply.json()).toMatchObject({ error: 'unauthorized', status: 401 });
      expect(reply.headers['www-authenticate']).toBe('Bearer');
    }
  });

  test('401 comes before anything that is wrong with the body', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await app.inject({ method: contract.method, url, headers, payload: '{broken' });
    expect(reply.statusCode).toBe(401);
  });

  test('400 for a query parameter that is not known', async () => {
    const reply = await app.call(contract, 'ada', {
      id,
      query: { ...(name === 'oauthUrl' ? { session_id: 'oas_x' } : {}), ...(name === 'getChange' ? { path: 'x' } : {}), typo: '1' },
    });
    expect(reply.json()).toMatchObject({ error: 'invalid_request', details: [{ path: 'query', message: 'Unknown field: typo' }] });
  });
});

describe.each(all.filter(({ contract }) => contract.auth === 'registered'))('$name, of registered users only', ({ contract, url }) => {
  test('403 not_registered', async () => {
    const reply = await app.inject({ method: contract.method, url, headers: { authorization: `Bearer ${await app.token('nobody')}` } });
    expect(reply.json()).toMatchObject({ error: 'not_registered' });
  });
});

describe.each(all.filter(({ contract }) => contract.method !== 'GET'))('$name, which may have a body', ({ contract, url }) => {
  test('400, 413 and 415 for a body that is no JSON, too large, or of another type', async () => {
    const authorization = `Bearer ${await app.token('ada')}`;
    const send = (type: string | undefined, payload: string | Buffer) =>
      app.inject({
        method: contract.method,
        url,
        headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
        payload,
      });
    for (const broken of ['{', 'nonsense', '{"a":1}}', '{"__proto__":{}}', Buffer.from([0x22, 0xff, 0x22]), '['.repeat(100_000)]) {
      expect((await send('application/json', broken)).json()).toMatchObject({ error: 'invalid_request' });
    }
    expect((await send('application/json', `"${'x'.repeat(3 * 1024 * 1024)}"`)).json()).toMatchObject({ error: 'payload_too_large' });
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense', undefined]) {
      expect((await send(type, '{}')).json(), String(type)).toMatchObject({
        error: 'unsupported_media_type',
        status: errorStatus.unsupported_media_type,
      });
    }
  });
});
