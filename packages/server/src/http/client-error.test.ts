import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { errorBody } from '@ai-sessions/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, startTestApp } from './test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app[Symbol.asyncDispose]());

async function raw(request: string): Promise<string> {
  const socket = connect((app.app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request, 'latin1');
  socket.setTimeout(2000, () => socket.end());
  return await text(socket);
}

test.each([
  ['no HTTP at all', 'nonsense\r\n\r\n'],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['headers over 16 KB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a URL over 16 KB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['two lengths', 'POST /v1/register HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
  ['length and chunks', 'POST /v1/register HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n{}'],
  ['a header with a NUL', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n'],
])('%s is refused in the error shape', async (_what, request) => {
  const reply = await raw(request);
  const [head = '', body = ''] = reply.split('\r\n\r\n', 2);
  expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(head).toContain('x-content-type-options: nosniff');
  expect(errorBody.parse(JSON.parse(body))).toMatchObject({ error: 'invalid_request', status: 400 });
  expect(Buffer.byteLength(body)).toBe(Number(/content-length: (\d+)/.exec(head)?.[1]));
});

test('a request line that is odd but HTTP gets a proper answer', async () => {
  for (const line of [
    'GET http://evil.example/v1/x HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET //v1 HTTP/1.1',
    'GET /%00 HTTP/1.1',
    'PROPFIND /v1/sessions HTTP/1.1',
    'QUERY /v1/sessions HTTP/1.1',
  ]) {
    const reply = await raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(reply, line).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(errorBody.parse(JSON.parse(reply.split('\r\n\r\n', 2)[1] ?? '')), line).toBeTruthy();
  }
});
