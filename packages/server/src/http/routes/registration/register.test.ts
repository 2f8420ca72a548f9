import { errorStatus, routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

describe('200', () => {
  test('registers, with starter profiles, and gives the same answer again', async () => {
    await using app = await startTestApp();
    const first = await app.call(routes.register, 'ada');
    expect(first.statusCode).toBe(200);
    expect(first.json()).toEqual({ registered: true, registered_at: expect.any(String) });
    const again = await app.call(routes.register, 'ada', { body: {} });
    expect(again.json()).toEqual(first.json());
    const profiles = (await app.call(routes.listProfiles, 'ada')).json<{ profiles: { name: string }[] }>().profiles;
    expect(profiles.map(({ name }) => name)).toEqual(['Default', 'Full permissions']);
    expect((await app.call(routes.credentialStatus, 'ada')).json()).toEqual({ has_credentials: false });
  });

  test('many at once register one user', async () => {
    await using app = await startTestApp();
    const replies = await Promise.all(Array.from({ length: 8 }, () => app.call(routes.register, 'ada')));
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
    expect((await app.call(routes.listProfiles, 'ada')).json<{ profiles: unknown[] }>().profiles).toHaveLength(2);
  });

  test('takes an allowed domain in any case', async () => {
    await using app = await startTestApp({ config: { emailDomains: ['example.com'] } });
    expect((await app.call(routes.register, 'ada')).statusCode).toBe(200);
  });

  test('stores a demo credential in the demo', async () => {
    await using app = await startTestApp({ config: { demo: true } });
    await app.call(routes.register, 'ada');
    expect((await app.call(routes.credentialStatus, 'ada')).json()).toMatchObject({ has_credentials: true, credential_type: 'demo' });
  });
});

test('200: in the demo, somebody registered before it gets the credential by registering again', async () => {
  await using before = await startTestApp();
  await before.call(routes.register, 'ada');
  await using demo = await startTestApp({ config: { demo: true } });
  expect((await demo.call(routes.credentialStatus, 'ada')).json()).toEqual({ has_credentials: false });
  await demo.call(routes.register, 'ada');
  expect((await demo.call(routes.credentialStatus, 'ada')).json()).toMatchObject({ credential_type: 'demo' });
});

describe('403', () => {
  test('email_domain_not_allowed for a domain off the list, and for an address not verified', async () => {
    await using app = await startTestApp({ config: { emailDomains: ['other.org'] } });
    const off = await app.call(routes.register, 'ada');
    expect(off.json()).toMatchObject({ error: 'email_domain_not_allowed', status: 403, message: expect.stringContaining('example.com') });

    const unverified = { userId: 'usr_x', email: 'x@other.org', emailVerified: false, expiresAt: Date.now() + 60_000 };
    await using strict = await startTestApp({
      config: { emailDomains: ['other.org'] },
      replace: { verifier: { verify: () => Promise.resolve(unverified) } },
    });
    const refused = await strict.call(routes.register, 'x');
    expect(refused.json()).toMatchObject({ error: 'email_domain_not_allowed', message: expect.stringContaining('not verified') });
  });

  test('forbidden for a second user without a sandbox', async () => {
    await using app = await startTestApp({ config: { sandbox: 'none' } });
    expect((await app.call(routes.register, 'ada')).statusCode).toBe(200);
    expect((await app.call(routes.register, 'bob')).json()).toMatchObject({
      error: 'forbidden',
      message: expect.stringContaining('one user'),
    });
    expect((await app.call(routes.register, 'ada')).statusCode).toBe(200);
  });
});

describe('429', () => {
  test('after ten in a minute, by user; a refused one does not count', async () => {
    await using app = await startTestApp();
    for (let number = 1; number <= 10; number += 1) {
      expect((await app.call(routes.register, 'ada', { body: { typo: 1 } })).statusCode).toBe(400);
      const reply = await app.call(routes.register, 'ada');
      expect(reply.statusCode).toBe(200);
      expect(reply.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': String(10 - number) });
    }
    const refused = await app.call(routes.register, 'ada');
    expect(refused.json()).toMatchObject({ error: 'rate_limited', status: errorStatus.rate_limited });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '0' });
    expect((await app.call(routes.register, 'bob')).statusCode).toBe(200);
  });
});
