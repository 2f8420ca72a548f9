import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelSocket } from './model-socket.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('ModelSocket', () => {
  let folder: string;
  let path: string;
  let gateway: Server;
  let handler: Handler;
  let port: number;
  let socket: ModelSocket;
  let token = 'first';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socket-'));
    path = join(folder, 'model.sock');
    gateway = createServer((incoming, response) => handler(incoming, response));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    port = (gateway.address() as AddressInfo).port;
    socket = await ModelSocket.listen({ path, serverUrl: `http://127.0.0.1:${port}`, token: () => token, log: pino({ level: 'silent' }) });
  });
  afterEach(async () => {
    await socket[Symbol.asyncDispose]();
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  function send(
    options: { url?: string; method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> {
    const { url = '/v1/messages?beta=true', method = 'POST', headers = {}, body = '{}', signal } = options;
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: path, path: url, method, headers, ...(signal === undefined ? {} : { signal }) }, resolve);
      sent.once('error', reject);
      sent.end(body);
    });
  }

  it('hands requests on under the token of the moment, without what the inside says of itself', async () => {
    const seen: IncomingMessage[] = [];
    handler = (incoming, response) => {
      seen.push(incoming);
      response.writeHead(200, { 'x-kept': 'yes', 'set-cookie': 'a=b' });
      void text(incoming).then((body) => response.end(`got ${body}`));
    };
    const headers = {
      'x-api-key': 'sk-ant-inside',
      authorization: 'Bearer inside',
      cookie: 'c=d',
      'x-forwarded-for': '1.2.3.4',
      'anthropic-beta': 'some',
      connection: 'x-hop',
      'x-hop': '1',
    };
    const answer = await send({ headers, body: 'hello' });
    expect(await text(answer)).toBe('got hello');
    expect(answer.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    token = 'second';
    await text(await send());
    expect(seen.map(({ url }) => url)).toEqual(['/internal/gateway/v1/messages?beta=true', '/internal/gateway/v1/messages?beta=true']);
    expect(seen.map((incoming) => incoming.headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(seen[0]?.headers).toMatchObject({ 'anthropic-beta': 'some' });
    for (const name of ['x-api-key', 'cookie', 'x-forwarded-for', 'x-hop']) expect(seen[0]?.headers[name]).toBeUndefined();
    expect(JSON.stringify(seen[0]?.headers)).not.toContain('inside');
  });

  it.each(['/', '/v2/messages', '/v1/../internal/link', '/v1/%2e%2e/internal', '//evil/v1/messages'])(
    'does not hand on %s',
    async (url) => {
      handler = () => expect.unreachable();
      expect((await send({ url })).statusCode).toBe(404);
    },
  );

  it('streams without waiting, and passes on that the client went away', async () => {
    const gone = Promise.withResolvers<void>();
    handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('one');
      response.once('close', () => gone.resolve());
    };
    const abort = new AbortController();
    const answer = await send({ signal: abort.signal });
    const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
    expect(first.toString()).toBe('one');
    answer.on('error', () => {});
    abort.abort();
    await gone.promise;
  });

  it('breaks the connection where the gateway breaks', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('one');
      setTimeout(() => response.destroy(), 20);
    };
    const answer = await send();
    await expect(text(answer)).rejects.toThrow(/aborted|ECONNRESET/);
  });

  it('waits for a gateway that is being restarted', async () => {
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
    const answer = send({ body: 'patient' });
    await sleep(300);
    handler = (incoming, response) => void text(incoming).then((body) => response.end(body));
    await new Promise<void>((resolve) => gateway.listen(port, '127.0.0.1', resolve));
    expect(await text(await answer)).toBe('patient');
  });

  it('carries megabytes both ways', async () => {
    handler = (incoming, response) => void incoming.pipe(response);
    const body = 'z'.repeat(8 * 1024 * 1024);
    expect(await text(await send({ body }))).toBe(body);
  });

  it('is gone when it is disposed', async () => {
    await socket[Symbol.asyncDispose]();
    await expect(send()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });
});
