import { routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

describe('200', () => {
  test('a key is stored, told of without itself, and deleted', async () => {
    await using app = await startTestApp();
    expect((await app.call(routes.credentialStatus, 'ada')).json()).toEqual({ has_credentials: false });
    await app.call(routes.register, 'ada');
    const stored = await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-secret' } });
    expect(stored.json()).toEqual({ success: true, message: expect.any(String) });
    const status = await app.call(routes.credentialStatus, 'ada');
    expect(status.json()).toEqual({ has_credentials: true, credential_type: 'api_key', created_at: expect.any(String) });
    expect(JSON.stringify(app.logLines) + stored.body + status.body).not.toContain('sk-ant-secret');
    expect((await app.call(routes.deleteCredential, 'ada')).json()).toEqual({ success: true });
    expect((await app.call(routes.credentialStatus, 'ada')).json()).toEqual({ has_credentials: false });
  });
});

describe('400', () => {
  test('invalid_api_key, which does not quote the key', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    const reply = await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'wrong-secret' } });
    expect(reply.json()).toMatchObject({ error: 'invalid_api_key', status: 400 });
    expect(reply.body).not.toContain('wrong-secret');
  });

  test('invalid_request without a key, or with a field that is not known', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    for (const body of [undefined, {}, { api_key: 1 }, { api_key: 'sk-ant-1', key: 'x' }, [], 'text', null]) {
      expect((await app.call(routes.storeApiKey, 'ada', { body })).json()).toMatchObject({
        error: 'invalid_request',
        details: expect.any(Array),
      });
    }
  });
});

describe('403', () => {
  test('not_registered to store or delete', async () => {
    await using app = await startTestApp();
    for (const reply of [
      await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } }),
      await app.call(routes.deleteCredential, 'ada'),
    ]) {
      expect(reply.json()).toMatchObject({ error: 'not_registered' });
    }
  });
});
