import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { LoginProxy, type LoginProxyOptions } from './login-proxy.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** Echoes what it gets. */
async function startEcho(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) });
  return (server.address() as AddressInfo).port;
}

async function startProxy(options: Partial<LoginProxyOptions> = {}): Promise<LoginProxy> {
  const proxy = await LoginProxy.listen({ listen: 'loopback', ...options });
  open.push(proxy);
  return proxy;
}

/** All that comes back for the bytes sent, until the other side closes or `enough` is in it. */
async function say(port: number, text: string, enough?: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (enough !== undefined && answer.includes(enough)) break;
  }
  return answer;
}

test('tunnels to the hosts of the sign-in', async () => {
  const port = await startEcho();
  const proxy = await startProxy({ addresses: { 'platform.claude.com': { host: '127.0.0.1', port } } });
  const answer = await say(proxy.port, 'CONNECT platform.claude.com:443 HTTP/1.1\r\nhost: x\r\n\r\nhello', 'hello');
  expect(answer).toBe('HTTP/1.1 200 Connection Established\r\n\r\nhello');
});

describe('refuses', () => {
  test.each([
    'CONNECT example.com:443',
    'CONNECT platform.claude.com:80',
    'CONNECT platform.claude.com',
    'CONNECT platform.claude.com.example.com:443',
    'CONNECT platform.claude.com.:443',
    'CONNECT 127.0.0.1:443',
    'CONNECT [::1]:443',
    'CONNECT x@api.anthropic.com:443',
    'GET http://platform.claude.com/',
    'GET /',
  ])('%s', async (line) => {
    const proxy = await startProxy();
    expect(await say(proxy.port, `${line} HTTP/1.1\r\nhost: platform.claude.com\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

test('502 when the host cannot be reached', async () => {
  const proxy = await startProxy({ addresses: { 'api.anthropic.com': { host: '127.0.0.1', port: 1 } } });
  expect(await say(proxy.port, 'CONNECT api.anthropic.com:443 HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 502 /);
});

test('a unix socket is its owner’s, and gone with its tunnels at the end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'login-proxy-'));
  const listen = join(folder, 'login.sock');
  const port = await startEcho();
  const proxy = await LoginProxy.listen({ listen, addresses: { 'api.anthropic.com': { host: '127.0.0.1', port } } });
  expect((await stat(listen)).mode & 0o777).toBe(0o600);
  const client = connect(listen);
  client.write('CONNECT api.anthropic.com:443 HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(client, 'data');
  const closed = once(client, 'close');
  client.on('error', () => {});
  await proxy[Symbol.asyncDispose]();
  await closed;
  await expect(stat(listen)).rejects.toThrow('ENOENT');
  await rm(folder, { recursive: true });
});
