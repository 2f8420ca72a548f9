import { describe, expect, expectTypeOf, test } from 'vitest';
import { ApiCallError, NetworkError } from './api-call-error.ts';
import { createClient, type TokenSource } from './client.ts';

interface Seen {
  readonly url: string;
  readonly init: RequestInit;
}

function clientWith(answers: (Response | Error)[], token: TokenSource = () => 'token-1') {
  const seen: Seen[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    seen.push({ url, init });
    const answer = answers[Math.min(seen.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return answer?.clone();
  }) as unknown as typeof globalThis.fetch;
  return { client: createClient({ baseUrl: 'https://host/base/', token, fetch }), seen };
}

const json = (status: number, body: unknown, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const refusal = (status: number, error: string) => json(status, { error, message: 'What is wrong.', status });

describe('a call', () => {
  test('fills path, query and body from the route table', async () => {
    const { client, seen } = clientWith([json(200, { messages: [], last_seq: 0, more: false })]);
    const reply = await client.call('sessionHistory', { params: { id: 'ses_a/b' }, query: { after_seq: 7, limit: undefined } });
    expect(seen[0]?.url).toBe('https://host/base/v1/sessions/ses_a%2Fb/history?after_seq=7');
    expect(new Headers(seen[0]?.init.headers).get('authorization')).toBe('Bearer token-1');
    expect(seen[0]?.init.body).toBeUndefined();
    expectTypeOf(reply.last_seq).toEqualTypeOf<number>();
  });

  test('sends a body as JSON', async () => {
    const { client, seen } = clientWith([json(200, { success: true, message: 'Stored.' })]);
    await client.call('storeApiKey', { body: { api_key: 'sk-ant-x' } });
    expect([seen[0]?.init.method, seen[0]?.init.body]).toEqual(['POST', '{"api_key":"sk-ant-x"}']);
    expect(new Headers(seen[0]?.init.headers).get('content-type')).toBe('application/json');
  });

  test('is typed by the route table', () => {
    const { client } = clientWith([]);
    expectTypeOf(client.call<'createSession'>)
      .parameter(1)
      .toExtend<{ body?: { name?: string } | null } | undefined>();
    const refusedByTheCompiler = [
      // @ts-expect-error the route has a parameter
      () => client.call('getSession'),
      // @ts-expect-error the body is needed
      () => client.call('createProfile', {}),
      // @ts-expect-error there is no such field
      () => client.call('createSession', { body: { nam: 'x' } }),
    ];
    expect(refusedByTheCompiler).toHaveLength(3);
  });

  test('tolerates what a newer server adds', async () => {
    const { client } = clientWith([json(200, { has_credentials: true, credential_type: 'passkey', rotated: 1 })]);
    expect(await client.call('credentialStatus')).toMatchObject({ has_credentials: true, credential_type: 'passkey' });
  });

  test('tells whose answer counted when an approval was settled before', async () => {
    const { client } = clientWith([
      json(409, {
        error: 'already_resolved',
        message: 'Settled before.',
        status: 409,
        resolved_by: 'user',
        resolved_at: '2026-01-01T00:00:00.000Z',
      }),
    ]);
    await expect(client.call('answerApproval', { params: { id: 'apr_1' }, body: { approved: true } })).rejects.toMatchObject({
      code: 'already_resolved',
      resolved: { by: 'user', at: '2026-01-01T00:00:00.000Z' },
    });
  });

  test('asks for another token once when one is refused', async () => {
    const asked: (string | undefined)[] = [];
    const token = (rejected?: string) => {
      asked.push(rejected);
      return rejected === undefined ? 'old' : 'new';
    };
    const { client, seen } = clientWith([refusal(401, 'unauthorized'), json(200, { success: true })], token);
    await client.call('deleteCredential');
    expect(asked).toEqual([undefined, 'old']);
    expect(new Headers(seen[1]?.init.headers).get('authorization')).toBe('Bearer new');
  });
});

describe('a failure', () => {
  test('of the server is an ApiCallError with all it says', async () => {
    const body = { error: 'rate_limited', message: 'Wait.', status: 429, details: [{ path: 'a', message: 'b' }], request_id: 'r1' };
    const { client } = clientWith([json(429, body, { 'retry-after': '12' })]);
    const error = await client.call('register').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiCallError);
    expect(error).toMatchObject({
      code: 'rate_limited',
      status: 429,
      message: 'Wait.',
      retryAfterSeconds: 12,
      requestId: 'r1',
      details: body.details,
    });
  });

  test('with a code that this client does not know is still one', async () => {
    const { client } = clientWith([refusal(418, 'teapot')]);
    await expect(client.call('register')).rejects.toMatchObject({ code: 'teapot', status: 418 });
  });

  test('of something in front of the server says so', async () => {
    const { client } = clientWith([new Response('<html>Bad gateway</html>', { status: 502 })]);
    await expect(client.call('register')).rejects.toMatchObject({ code: 'unexpected_reply', status: 502 });
  });

  test('of a reply that lacks a field is an unexpected_reply', async () => {
    const { client } = clientWith([json(200, { messages: [] })]);
    await expect(client.call('sessionHistory', { params: { id: 'ses_1' } })).rejects.toMatchObject({ code: 'unexpected_reply' });
  });

  test('of the network is a NetworkError, and a refused token stays a 401', async () => {
    const { client } = clientWith([new TypeError('fetch failed')]);
    await expect(client.call('register')).rejects.toBeInstanceOf(NetworkError);
    const { client: signedOut, seen } = clientWith([refusal(401, 'unauthorized')]);
    await expect(signedOut.call('register')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(seen.length).toBe(1);
  });

  test('by an aborted signal is the signal’s own', async () => {
    const { client } = clientWith([new TypeError('aborted')]);
    const signal = AbortSignal.abort(new Error('left the page'));
    await expect(client.call('register', { signal })).rejects.toThrow('left the page');
  });
});
