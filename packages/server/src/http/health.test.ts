import { routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { StoreFailure } from '../store/store-failure.ts';
import { startTestApp } from './test-app.ts';

describe('200', () => {
  test('healthz while the process answers, readyz while all that it depends on does', async () => {
    await using app = await startTestApp();
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready' });
  });
});

describe('503', () => {
  test('readyz names each part that does not answer; healthz is not touched', async () => {
    const broken = new Proxy({} as never, { get: () => () => Promise.reject(new Error('disk of /secret/path is full')) });
    await using app = await startTestApp({ replace: { store: broken, bus: broken, shutdown: AbortSignal.abort() } });
    app.runner.setPresent(false);
    const reply = await app.inject('/readyz');
    const { details } = reply.json<{ details: { path: string }[] }>();
    expect(reply.json()).toMatchObject({ error: 'unavailable', status: 503 });
    expect(details.map(({ path }) => path)).toEqual(['store', 'bus', 'runner', 'server']);
    expect(reply.body).not.toContain('secret');
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  test('readyz does not wait for ever', async () => {
    const silent = new Proxy({} as never, { get: () => () => new Promise(() => undefined) });
    await using app = await startTestApp({ replace: { bus: silent } });
    expect((await app.inject('/readyz')).json()).toMatchObject({ details: [{ path: 'bus' }] });
  });
});

test('503 unavailable for what the database refuses, with when to try again', async () => {
  const full = new Proxy({} as never, { get: () => () => Promise.reject(new StoreFailure('full', 'store: database or disk is full')) });
  await using app = await startTestApp();
  await app.call(routes.register, 'ada');
  const sessions = { ...app.ctx.sessions, list: () => Promise.reject(new StoreFailure('full', 'store: at /secret')) };
  Object.assign(app.ctx, { sessions });
  const reply = await app.call(routes.listSessions, 'ada');
  expect(reply.json()).toMatchObject({ error: 'unavailable', status: 503, message: expect.stringContaining('no room') });
  expect(reply.headers['retry-after']).toBe('10');
  expect(reply.body).not.toContain('secret');
  await using other = await startTestApp({ replace: { store: full } });
  expect((await other.inject('/readyz')).json()).toMatchObject({ details: [{ path: 'store' }] });
});
