import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTestApp } from './test-app.ts';

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function withUi() {
  const app = await startTestApp();
  const { webDir, dataDir } = app.ctx.config;
  await mkdir(path.join(webDir, 'assets'), { recursive: true });
  await writeFile(path.join(webDir, 'index.html'), '<!doctype html><title>ui</title>');
  await writeFile(path.join(webDir, 'assets/index-AbC_1.js'), 'console.log(1)');
  await writeFile(path.join(webDir, '.hidden'), 'hidden');
  await writeFile(path.join(dataDir, 'outside.txt'), 'outside');
  return app;
}

describe('200', () => {
  test('the page at its root and at addresses of its own, each time asked for anew', async () => {
    await using app = await withUi();
    for (const request of [
      { url: '/' },
      { url: '/?code=1' },
      { url: '/sessions/ses_x', headers: browser },
      { url: '/sign-in', headers: browser },
      { url: '/index.html' },
    ]) {
      const reply = await app.inject(request);
      expect(reply.body, request.url).toContain('<title>ui</title>');
      expect(reply.headers).toMatchObject({
        'content-type': expect.stringContaining('text/html'),
        'cache-control': expect.stringContaining('max-age=0'),
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; script-src 'self'; .*connect-src 'self'; (?!.*unsafe-eval).*frame-ancestors 'none'; base-uri 'none'/,
        ),
        etag: expect.any(String),
      });
    }
  });

  test('a hashed file, for good', async () => {
    await using app = await withUi();
    const reply = await app.inject('/assets/index-AbC_1.js');
    expect(reply.body).toBe('console.log(1)');
    expect(reply.headers).toMatchObject({
      'content-type': expect.stringContaining('javascript'),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect((await app.inject({ method: 'HEAD', url: '/assets/index-AbC_1.js' })).body).toBe('');
  });

  test('304 for a file that is as it was', async () => {
    await using app = await withUi();
    const { etag } = (await app.inject('/')).headers;
    const again = await app.inject({ url: '/', headers: { 'if-none-match': String(etag) } });
    expect(again).toMatchObject({ statusCode: 304, body: '' });
  });

  test('a page that says how to build it, while it is not built', async () => {
    await using app = await startTestApp();
    const reply = await app.inject({ url: '/', headers: browser });
    expect(reply.body).toContain('npm run build:web');
    expect(reply.headers['content-type']).toContain('text/html');
  });
});

describe('404', () => {
  test('files that are not there, hidden, or outside; and every address of the API', async () => {
    await using app = await withUi();
    for (const url of [
      '/assets/none.js',
      '/.hidden',
      '/../outside.txt',
      '/%2e%2e/outside.txt',
      '/..%2foutside.txt',
      '/assets/../../outside.txt',
      '/a\\b.js',
      '/v1/nothing',
      '/auth/nothing',
      '/docs/nothing',
      '/internal/x',
    ]) {
      const reply = await app.inject({ url, headers: browser });
      expect(reply.body, url).not.toContain('outside.txt file');
      expect([400, 404], url).toContain(reply.statusCode);
      expect(reply.headers['content-type']).toContain('application/json');
    }
  });

  test('an address of the UI for a client that wants no page', async () => {
    await using app = await withUi();
    expect((await app.inject({ url: '/sessions/x', headers: { accept: 'application/json' } })).json()).toMatchObject({
      error: 'not_found',
    });
    expect((await app.inject({ method: 'POST', url: '/', headers: browser })).json()).toMatchObject({ error: 'not_found' });
  });
});

test('a part of a file, and a part that there is not', async () => {
  await using app = await withUi();
  expect(await app.inject({ url: '/assets/index-AbC_1.js', headers: { range: 'bytes=0-6' } })).toMatchObject({
    statusCode: 206,
    body: 'console',
  });
  expect((await app.inject({ url: '/assets/index-AbC_1.js', headers: { range: 'bytes=900-' } })).statusCode).toBeLessThan(500);
});
