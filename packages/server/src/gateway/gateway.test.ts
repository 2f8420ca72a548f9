import { type IncomingMessage, type RequestListener, type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { type Gateway, type GatewayObservation, type GatewayOptions, createGateway } from './gateway.ts';
import { budgetRefusal } from './gateway-refusal.ts';
import { createGatewayTokens } from './gateway-token.ts';
import type { UsageReport } from './usage-ledger.ts';

const key = 'sk-ant-api03-the-users-own-key';
const incarnation = { sessionId: 'ses_1', epoch: 2, userId: 'usr_ada' };
const tokens = createGatewayTokens({ masterKey: randomBytes(32), clock: systemClock });
const token = tokens.issue(incarnation, 60);

let upstream: RequestListener;
let servers: Server[];
let gateways: Gateway[];
let reports: UsageReport[];
let observed: GatewayObservation[];
let logged: string;
let secret: Awaited<ReturnType<Credentials['secret']>>;
let admission: Awaited<ReturnType<GatewayOptions['sessions']['admit']>>;

beforeEach(() => {
  [servers, gateways, reports, observed, logged] = [[], [], [], [], ''];
  secret = { type: 'api_key', secret: key };
  admission = { userId: 'usr_ada', purses: [] };
});
afterEach(async () => {
  for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
  for (const server of servers) server.close().closeAllConnections();
  expect(logged).not.toContain(key);
  expect(logged).not.toContain(token);
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function gatewayTo(base: string, options: Partial<GatewayOptions> = {}): Promise<string> {
  const gateway = createGateway({
    config: { modelUpstream: base },
    log: pino({ level: 'trace' }, { write: (line: string) => void (logged += line) }),
    clock: systemClock,
    credentials: { secret: async () => secret },
    sessions: { admit: async () => admission },
    tokens,
    onUsage: async (report) => void reports.push(report),
    observe: (call) => void observed.push(call),
    ...options,
  });
  gateways.push(gateway);
  return `${await listen((req, res) => void gateway.handle(req, res))}/internal/gateway`;
}

const start = async (options?: Partial<GatewayOptions>) => gatewayTo(await listen((req, res) => upstream(req, res)), options);
const post = (
  base: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  path = '/v1/messages?beta=true',
) =>
  fetch(base + path, {
    method: 'POST',
    body: '{"model":"claude-opus-5-5"}',
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
const bodyOf = async (req: IncomingMessage) => Buffer.concat(await req.toArray()).toString();
const sse = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
const messageStart = sse({
  type: 'message_start',
  message: { model: 'claude-opus-5-5', usage: { input_tokens: 100, output_tokens: 1 } },
} as { type: string });
const messageDelta = sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 50 } } as { type: string });
const messageStop = sse({ type: 'message_stop' });
const stream = { 'content-type': 'text/event-stream; charset=utf-8' };
const usage = (tokensIn: number, tokensOut: number) => ({
  input_tokens: tokensIn,
  output_tokens: tokensOut,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
});
const until = async (condition: () => boolean) => {
  for (let tries = 0; tries < 500 && !condition(); tries += 1) await sleep(10);
  expect(condition()).toBe(true);
};
const refusalOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: { type: string; message: string } }).error,
});

describe('a stream', () => {
  test('arrives chunk by chunk as it is sent, and is metered when its message_delta passes', async () => {
    const steps: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()];
    upstream = async (_, res) => {
      res.writeHead(200, { ...stream, 'request-id': 'req_1' }).flushHeaders();
      for (const [index, chunk] of [messageStart, messageDelta, messageStop].entries()) {
        await steps[index]?.promise;
        res.write(chunk);
      }
      res.end();
    };
    const response = await post(await start());
    expect(response.headers.get('request-id')).toBe('req_1');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    steps[0]?.resolve();
    expect(await reader?.read()).toEqual({ done: false, value: messageStart });
    expect(reports).toEqual([]);
    steps[1]?.resolve();
    expect(await reader?.read()).toEqual({ done: false, value: messageDelta });
    expect(reports).toEqual([
      {
        ...incarnation,
        model: 'claude-opus-5-5',
        usage: usage(100, 50),
        costUsd: (100 * 4 + 50 * 20) / 1e6,
        newCall: true,
        callId: expect.any(String),
        durationMs: expect.any(Number),
      },
    ]);
    steps[2]?.resolve();
    expect(await reader?.read()).toEqual({ done: false, value: messageStop });
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(reports).toHaveLength(1);
    await until(() => observed.length === 1);
    expect(observed[0]).toMatchObject({ route: 'messages', status: 200 });
  });

  test('a later message_delta adds only what is new', async () => {
    upstream = (_, res) =>
      void res.writeHead(200, stream).end(messageStart + messageDelta + messageDelta.replace('50', '80') + messageStop);
    const base = await start();
    await (await post(base)).text();
    expect(reports.map((report) => report.usage.output_tokens).reduce((sum, tokens_) => sum + tokens_)).toBe(80);
    expect(reports.map((report) => report.usage.input_tokens).reduce((sum, tokens_) => sum + tokens_)).toBe(100);
  });

  test('that the upstream cuts is cut for the caller too, and charged as far as known', async () => {
    upstream = (_, res) => {
      res.writeHead(200, stream).write(messageStart);
      setTimeout(() => res.destroy(), 20);
    };
    const response = await post(await start());
    await expect(response.text()).rejects.toThrow();
    await until(() => reports.length === 1);
    expect(reports[0]).toMatchObject({ usage: usage(100, 1) });
  });

  test('that the caller leaves is cut upstream at once, and charged as far as known', async () => {
    let left = false;
    upstream = (_, res) => {
      res.writeHead(200, stream).write(messageStart);
      res.once('close', () => void (left = true));
    };
    const abort = new AbortController();
    const response = await post(await start(), { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    await until(() => left && reports.length === 1);
    expect(reports[0]).toMatchObject({ usage: usage(100, 1) });
  });

  test('a caller that does not read holds the upstream back', async () => {
    let sent = 0;
    let left = false;
    upstream = (_, res) => {
      res.writeHead(200, stream);
      res.once('close', () => void (left = true));
      const chunk = Buffer.alloc(64 * 1024, ':');
      const send = () => {
        while (!left && sent < 256 * 1024 * 1024) {
          sent += chunk.length;
          if (!res.write(chunk)) return void res.once('drain', send);
        }
      };
      send();
    };
    const url = new URL(`${await start()}/v1/messages`);
    const caller = request(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    caller.on('error', () => {});
    const response = await new Promise<IncomingMessage>((resolve) => caller.once('response', resolve).end('{}'));
    response.on('error', () => {}).pause();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await sleep(200);
    }
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    caller.destroy();
    await until(() => left);
  });

  test('silence within it ends it', async () => {
    upstream = (_, res) => void res.writeHead(200, stream).write(messageStart);
    const response = await post(await start({ timeouts: { headersMs: 60_000, silenceMs: 100 } }));
    await expect(response.text()).rejects.toThrow();
    await until(() => reports.length === 1);
  });
});

describe('an answer', () => {
  test('that does not stream is passed on whole and metered', async () => {
    const message = JSON.stringify({ type: 'message', model: 'claude-opus-5-5', usage: { input_tokens: 7, output_tokens: 3 } });
    let got: unknown;
    upstream = async (req, res) => {
      got = { method: req.method, url: req.url, body: await bodyOf(req) };
      res.writeHead(200, { 'content-type': 'application/json' }).end(message);
    };
    const response = await post(await start(), { body: '{"stream":false}' });
    expect(await response.text()).toBe(message);
    expect(got).toEqual({ method: 'POST', url: '/v1/messages?beta=true', body: '{"stream":false}' });
    expect(reports).toMatchObject([{ usage: usage(7, 3) }]);
  });

  test('with an error is passed on with what Claude Code reads of its headers, and not charged', async () => {
    const body = '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}';
    upstream = (_, res) =>
      void res
        .writeHead(429, {
          'content-type': 'application/json',
          'retry-after': '3600',
          'anthropic-ratelimit-unified-reset': '1763857320',
          'x-should-retry': 'false',
          'set-cookie': '__cf_bm=secret',
          server: 'cloudflare',
          'cf-ray': 'x',
          via: '1.1 proxy',
        })
        .end(body);
    const response = await post(await start());
    expect([response.status, await response.text()]).toEqual([429, body]);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({ 'retry-after': '3600', 'anthropic-ratelimit-unified-reset': '1763857320', 'x-should-retry': 'false' });
    for (const name of ['set-cookie', 'server', 'cf-ray', 'via']) expect(headers).not.toHaveProperty(name);
    expect(reports).toEqual([]);
  });

  test('of count_tokens and models is passed on and not charged', async () => {
    const asked: unknown[] = [];
    upstream = (req, res) => {
      asked.push(`${req.method} ${req.url}`);
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"model":"claude-opus-5-5","usage":{"input_tokens":5},"input_tokens":5}');
    };
    const base = await start();
    await (await post(base, {}, '/v1/messages/count_tokens')).text();
    await (await fetch(`${base}/v1/models/claude-opus-5-5`, { headers: { authorization: `Bearer ${token}` } })).text();
    expect(asked).toEqual(['POST /v1/messages/count_tokens', 'GET /v1/models/claude-opus-5-5']);
    expect(reports).toEqual([]);
  });

  test('that comes before the request has been sent reaches the caller', async () => {
    upstream = (_, res) => void res.writeHead(401, { 'content-type': 'application/json' }).end('{"type":"error"}');
    const base = await start();
    for (let call = 0; call < 5; call += 1) {
      const response = await post(base, { body: 'x'.repeat(20 * 1024 * 1024) });
      expect([response.status, await response.text()]).toEqual([401, '{"type":"error"}']);
    }
  });

  test.each([
    ['compressed, though it was asked not to be', 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['a redirect', 307, { location: 'https://evil.example/v1/messages' }],
  ])('%s is not passed on', async (_, status, headers) => {
    upstream = (_req, res) => void res.writeHead(status, headers).end(gzipSync('{}'));
    expect(await refusalOf(await post(await start()))).toMatchObject({ status: 502, type: 'api_error' });
  });
});

describe('headers', () => {
  const sent = async (credential: typeof secret, headers: Record<string, string>) => {
    secret = credential;
    let got: IncomingMessage['headers'] = {};
    upstream = (req, res) => {
      got = req.headers;
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ echoed: 'nothing' }));
    };
    const response = await post(await start(), { headers });
    expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain(credential?.secret);
    return got;
  };

  test('that Claude Code sends go up; what could speak for somebody stays', async () => {
    const passed = {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'claude-cli/2.1.330 (external, sdk-ts)',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'claude-code-20250219,effort-2025-11-24',
      'anthropic-dangerous-direct-browser-access': 'true',
      'x-app': 'cli',
      'x-stainless-retry-count': '0',
      'x-claude-code-session-id': 'abc',
    };
    const kept = {
      'x-api-key': 'sk-ant-dummy',
      cookie: 'a=b',
      'proxy-authorization': 'Basic x',
      'x-forwarded-for': '10.0.0.1',
      'x-real-ip': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-anything': 'x',
      origin: 'http://x',
      referer: 'http://x',
    };
    const got = await sent({ type: 'api_key', secret: key }, { ...passed, ...kept });
    const { host, connection, ...others } = got;
    expect(others).toEqual({ ...passed, 'accept-encoding': 'identity', 'content-length': '27', 'x-api-key': key });
    expect([host, connection]).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/), 'keep-alive']);
  });

  test('for an OAuth token: a bearer and its beta, once', async () => {
    const credential = { type: 'oauth_token', secret: 'sk-ant-oat01-secret' } as const;
    for (const betas of ['effort-2025-11-24', 'oauth-2025-04-20, effort-2025-11-24']) {
      const got = await sent(credential, { 'anthropic-beta': betas, 'x-api-key': 'sk-ant-dummy' });
      expect(got).toMatchObject({ authorization: 'Bearer sk-ant-oat01-secret', 'anthropic-beta': 'oauth-2025-04-20,effort-2025-11-24' });
      expect(got).not.toHaveProperty('x-api-key');
    }
    expect(await sent(credential, {})).toMatchObject({ 'anthropic-beta': 'oauth-2025-04-20' });
  });

  test('for a key: no OAuth beta left over from a session that began with a token', async () => {
    const got = await sent({ type: 'demo', secret: 'sk-ant-demo' }, { 'anthropic-beta': 'oauth-2025-04-20' });
    expect(got).toMatchObject({ 'x-api-key': 'sk-ant-demo' });
    expect(got).not.toHaveProperty('anthropic-beta');
    expect(got).not.toHaveProperty('authorization');
  });

  test('the base path of the upstream is kept', async () => {
    let url: string | undefined;
    const origin = await listen((req, res) => {
      url = req.url;
      res.end('{}');
    });
    await post(await gatewayTo(`${origin}/anthropic/`));
    expect(url).toBe('/anthropic/v1/messages?beta=true');
  });
});

describe('a refusal', () => {
  beforeEach(() => {
    upstream = (_, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{"reached":true}');
  });

  test.each([
    ['no token', {}],
    ['the dummy key as a token', { authorization: 'Bearer sk-ant-dummy' }],
    ['a token that ended', { authorization: `Bearer ${tokens.issue(incarnation, -11)}` }],
    [
      'the token of another server',
      { authorization: `Bearer ${createGatewayTokens({ masterKey: randomBytes(32), clock: systemClock }).issue(incarnation, 60)}` },
    ],
    ['the token as a key', { 'x-api-key': token }],
  ])('for %s is 401', async (_, headers) => {
    const response = await fetch(`${await start()}/v1/messages`, { method: 'POST', body: '{}', headers });
    expect(await refusalOf(response)).toMatchObject({ status: 401, type: 'authentication_error' });
  });

  test.each(['/v1/messages/batches', '/v1/files', '/v1/messages%2f..%2ffiles', '/api/oauth/profile'])(
    'for %s is 404 and reaches nothing',
    async (path) => {
      expect(await refusalOf(await post(await start(), {}, path))).toMatchObject({ status: 404, type: 'not_found_error' });
    },
  );

  test('of the sessions is given as they say it', async () => {
    admission = { refuse: budgetRefusal('It is spent.') };
    expect(await refusalOf(await post(await start()))).toMatchObject({
      status: 402,
      type: 'billing_error',
      message: 'budget_exhausted: It is spent.',
    });
  });

  test('of a budget comes when the calls that run at once have used it up', async () => {
    const held: (() => void)[] = [];
    upstream = (_, res) => void held.push(() => void res.writeHead(200, stream).end(messageStart + messageDelta + messageStop));
    let left = 0.001;
    admission = { userId: 'usr_ada', purses: [{ key: 'ses_1', leftUsd: left }] };
    const base = await start({
      sessions: {
        admit: async () =>
          left > 0 ? { userId: 'usr_ada', purses: [{ key: 'ses_1', leftUsd: left }] } : { refuse: budgetRefusal('It is spent.') },
      },
      onUsage: async ({ costUsd }) => {
        await sleep(20);
        left -= costUsd;
      },
    });
    const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 32_000, messages: [] });
    const calls = [1, 2, 3].map(() => post(base, { body }));
    await until(() => held.length === 1);
    await sleep(50);
    expect(held).toHaveLength(1);
    held[0]?.();
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 402, 402]);
    expect(left).toBeCloseTo(0.001 - 0.0014, 10);
  });

  test('for a session of another user is 401', async () => {
    admission = { userId: 'usr_eve', purses: [] };
    expect(await refusalOf(await post(await start()))).toMatchObject({ status: 401 });
  });

  test('for no stored credential is 403', async () => {
    secret = null;
    expect(await refusalOf(await post(await start()))).toMatchObject({
      status: 403,
      type: 'permission_error',
      message: expect.stringMatching(/^no_credentials:/),
    });
  });

  test('when the store fails is 500 and tells nothing of it', async () => {
    const base = await start({ sessions: { admit: () => Promise.reject(new Error('SQLITE_FULL /data/db')) } });
    const refusal = await refusalOf(await post(base));
    expect(refusal).toMatchObject({ status: 500, type: 'api_error' });
    expect(refusal.message).not.toContain('SQLITE');
    expect(logged).toContain('SQLITE_FULL');
  });

  test('when nothing listens upstream is 502 and names no address', async () => {
    const refusal = await refusalOf(await post(await gatewayTo('http://127.0.0.1:1')));
    expect(refusal).toMatchObject({ status: 502, type: 'api_error' });
    expect(refusal.message).not.toMatch(/127|:1|ECONN/);
  });

  test('when the upstream cuts before it answers is 502, and when it is silent 504', async () => {
    upstream = (req) => void req.socket.destroy();
    const base = await start({ timeouts: { headersMs: 100, silenceMs: 1000 } });
    expect(await refusalOf(await post(base))).toMatchObject({ status: 502 });
    upstream = () => {};
    expect(await refusalOf(await post(base))).toMatchObject({ status: 504, type: 'timeout_error' });
  });

  test('for a body over 64 MB is 413, declared or not', async () => {
    let left = 0;
    upstream = (req) => void req.resume().once('close', () => void (left += 1));
    const url = new URL(`${await start()}/v1/messages`);
    const statusOf = (headers: Record<string, string>, send: (call: ReturnType<typeof request>) => void) =>
      new Promise((resolve, reject) => {
        const call = request(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, ...headers } }, (res) =>
          resolve(res.resume().statusCode),
        );
        call.once('error', reject);
        send(call);
      });
    expect(await statusOf({ 'content-length': String(65 * 1024 * 1024) }, (call) => call.flushHeaders())).toBe(413);
    expect(left).toBe(0);
    const sendUndeclared = (call: ReturnType<typeof request>) => {
      const chunk = Buffer.alloc(1024 * 1024);
      for (let index = 0; index < 65; index += 1) call.write(chunk);
    };
    expect(await statusOf({ 'transfer-encoding': 'chunked' }, sendUndeclared)).toBe(413);
    await until(() => left === 1);
  });

  test('for more than 32 calls at once is 429, and others of the session go on', async () => {
    const waiting: (() => void)[] = [];
    upstream = (_, res) => void waiting.push(() => res.end('{}'));
    const base = await start();
    const calls = Array.from({ length: 32 }, () => post(base));
    await until(() => waiting.length === 32);
    const refused = await post(base);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refusalOf(refused)).toMatchObject({ status: 429, type: 'rate_limit_error' });
    for (const answer of waiting.splice(0)) answer();
    expect((await Promise.all(calls)).every((response) => response.status === 200)).toBe(true);
    const next = post(base);
    await until(() => waiting.length === 1);
    waiting[0]?.();
    expect((await next).status).toBe(200);
  });
});

test('a listener that fails harms no call', async () => {
  upstream = (_, res) => void res.writeHead(200, stream).end(messageStart + messageDelta + messageStop);
  const base = await start({
    onUsage: () => {
      throw new Error('cannot record');
    },
  });
  expect(await (await post(base)).text()).toBe(messageStart + messageDelta + messageStop);
  expect(logged).toContain('cannot record');
});

test('a caller that leaves before the answer leaves nothing behind', async () => {
  let left = false;
  upstream = (_, res) => void res.once('close', () => void (left = true));
  const abort = new AbortController();
  const call = post(await start(), { signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await expect(call).rejects.toThrow();
  await until(() => left && observed.length === 1);
  expect(observed[0]).toMatchObject({ route: 'messages', status: 0 });
});
