import { describe, expect, test } from 'vitest';
import { post, postWhole } from './fixture/messages-client.ts';
import { modelOfTest } from './fixture/model-of-test.ts';
import { startScriptedModel, type ScriptedModel } from './server.ts';

const get = (model: ScriptedModel, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${model.url}${path}`, { headers: { 'x-api-key': 'k' }, ...init });

describe('routes', () => {
  test.each([
    ['GET', '/v1/messages'],
    ['POST', '/v1/models'],
    ['GET', '/'],
    ['POST', '/v1/messages/batches'],
    ['GET', '/v1/models/claude-nonsense'],
  ])('%s %s is not found', async (method, path) => {
    const model = await modelOfTest();
    const response = await get(model, path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'not_found_error', message: expect.any(String) },
      request_id: response.headers.get('request-id'),
    });
  });

  test('GET /v1/models lists what GET /v1/models/{id} shows', async () => {
    const model = await modelOfTest();
    const list = (await (await get(model, '/v1/models?limit=1000')).json()) as { data: { id: string }[]; first_id: string };
    expect(list).toMatchObject({ has_more: false, first_id: list.data[0]?.id, last_id: list.data.at(-1)?.id });
    for (const item of list.data) expect(await (await get(model, `/v1/models/${item.id}`)).json()).toEqual(item);
  });

  test('POST /v1/messages/count_tokens counts roughly', async () => {
    const model = await modelOfTest();
    const count = async (text: string): Promise<unknown> => {
      const body = JSON.stringify({ model: 'claude-x', messages: [{ role: 'user', content: text }] });
      return (await get(model, '/v1/messages/count_tokens?beta=true', { method: 'POST', body })).json();
    };
    const { input_tokens: few } = (await count('')) as { input_tokens: number };
    expect(await count('x'.repeat(4000))).toEqual({ input_tokens: few + 1000 });
    const refused = await get(model, '/v1/messages/count_tokens', { method: 'POST', body: '{}' });
    expect(refused.status).toBe(400);
  });

  test('a body that is not JSON is refused', async () => {
    const model = await modelOfTest();
    const response = await get(model, '/v1/messages', { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
    expect(model.requests.at(-1)?.body).toBe('{');
  });

  test('a body over 32 MB is refused', async () => {
    const model = await modelOfTest();
    const response = await get(model, '/v1/messages', { method: 'POST', body: Buffer.alloc(33 * 1024 * 1024, 32) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { type: 'request_too_large' } });
  });
});

describe('authentication', () => {
  test('asks for a key or a token', async () => {
    const model = await modelOfTest();
    const response = await get(model, '/v1/models', { headers: {} });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { type: 'authentication_error', message: 'x-api-key header is required' } });
    expect((await get(model, '/v1/models', { headers: { authorization: 'Basic eA==' } })).status).toBe(401);
    expect((await get(model, '/v1/models', { headers: { authorization: 'Bearer t' } })).status).toBe(200);
  });

  test('can be told which credentials to accept', async () => {
    const model = await modelOfTest({ acceptedCredentials: ['right'] });
    const wrong = await get(model, '/v1/models', { headers: { 'x-api-key': 'wrong' } });
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toMatchObject({ error: { message: 'invalid x-api-key' } });
    expect((await get(model, '/v1/models', { headers: { 'x-api-key': 'right' } })).status).toBe(200);
    expect(model.credentialsSeen()).toEqual(['wrong', 'right']);
  });
});

describe('requests', () => {
  test('records what arrived', async () => {
    const model = await modelOfTest();
    await postWhole(model, 'hello', { headers: { 'X-Custom': 'yes' } });
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({
      at: expect.any(Number),
      method: 'POST',
      path: '/v1/messages?beta=true',
      headers: { 'x-custom': 'yes', 'x-api-key': 'sk-test' },
      body: { messages: [{ role: 'user', content: 'hello' }] },
      credential: { kind: 'api_key', value: 'sk-test' },
    });
    expect(model.requests.filter(({ method }) => method === 'GET')).toEqual([]);
    model.requests.clear();
    expect(model.requests).toHaveLength(0);
  });

  test('keeps the latest only', async () => {
    const model = await modelOfTest({ recordedRequests: 2 });
    for (const path of ['/1', '/2', '/3']) await get(model, path);
    expect(model.requests.map(({ path }) => path)).toEqual(['/2', '/3']);
  });
});

describe('startScriptedModel', () => {
  test('logs method, path and status, and nothing secret', async () => {
    const lines: unknown[] = [];
    const model = await modelOfTest({ log: (line) => lines.push(line) });
    await post(model, 'my prompt');
    await expect.poll(() => lines).toEqual([{ method: 'POST', path: '/v1/messages?beta=true', status: 200, ms: expect.any(Number) }]);
  });

  test('answers by its rules', async () => {
    const model = await modelOfTest({ rules: [{ match: 'weather', script: { steps: [{ text: 'Sunny, says the rule.' }] } }] });
    expect((await postWhole(model, 'the weather?')).content[0]?.text).toBe('Sunny, says the rule.');
  });

  test('refuses rules that it cannot use, and a port that is taken', async () => {
    await expect(startScriptedModel({ rules: [{ match: '(', script: 'demo' }] })).rejects.toThrow('regular expression');
    const model = await modelOfTest();
    await expect(startScriptedModel({ port: model.port })).rejects.toThrow('EADDRINUSE');
  });

  test('closes by signal, by call and by disposal', async () => {
    const ending = new AbortController();
    const bySignal = await modelOfTest({ signal: ending.signal });
    ending.abort();
    await expect
      .poll(() =>
        get(bySignal, '/').then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');

    const twice = await modelOfTest();
    const held = expect(twice.reached('never')).rejects.toThrow('closing');
    await Promise.all([twice.close(), twice.close()]);
    await held;

    let url = '';
    {
      await using disposed = await startScriptedModel();
      url = disposed.url;
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
