import { type AddressInfo, createServer } from 'node:net';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
// oxlint-disable-next-line no-restricted-imports -- the issuer is a test part that the server's own tests share
import { startTestIssuer, testAudience, testClients } from '../../packages/server/src/auth/oidc/test-issuer.ts';
import { System } from '../harness/system.ts';
import { User } from '../harness/user.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(tokenSeconds: number) {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const issuer = await startTestIssuer({ redirectUri: `${publicUrl}/auth/oidc/callback`, tokenSeconds });
  const system = await System.start({
    env: {
      AI_SESSIONS_PORT: String(port),
      AI_SESSIONS_PUBLIC_URL: publicUrl,
      AI_SESSIONS_AUTH: 'oidc',
      AI_SESSIONS_AUTH_OIDC_ISSUER: issuer.url,
      AI_SESSIONS_OIDC_AUDIENCE: testAudience,
      AI_SESSIONS_OIDC_CLIENT_ID: testClients.public,
    },
  });
  return {
    publicUrl,
    issuer,
    system,
    port,
    [Symbol.asyncDispose]: async () => {
      await system[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

test('a token of the issuer works the API, and its socket closes with 4001 when it ends', async () => {
  await using all = await start(12);
  const user = new User(all.system.url, await all.issuer.accessToken());
  await user.call('POST', '/v1/register', {}, 200);
  await user.call('POST', '/v1/auth/claude/apikey', { api_key: 'sk-ant-test' });
  const session = await user.createSession();
  const viewer = await user.view(session.id);
  const code = await new Promise((resolve) => viewer.socket.once('close', (value) => resolve(value)));
  expect(code).toBe(4001);
  const late = await user.call('GET', '/v1/sessions');
  expect(late).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  const again = new User(all.system.url, await all.issuer.accessToken());
  await again.endAll();
});

test('a browser signs in at another site and stays signed in over a reload', async () => {
  await using all = await start(3600);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`http://127.0.0.1:${all.port}/profiles`);
    await page.getByRole('link', { name: /^Sign in/ }).click();
    await page.waitForURL(`${all.publicUrl}/profiles`);
    await page.getByText('ada@example.com').first().waitFor();
    await page.reload();
    await page.getByText('ada@example.com').first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.reload();
    await page.getByRole('link', { name: /^Sign in/ }).waitFor();
    await page.goto(`${all.publicUrl}/auth/oidc/callback?code=x&state=y`);
    await page.getByText('cannot be finished here').waitFor();
  } finally {
    await browser.close();
  }
});
