import { routes } from '@ai-sessions/protocol';
import { Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { startTestApp } from './test-app.ts';

test('measures by route pattern, with nothing of a user in it, and shows what others measure', async () => {
  const other = new Registry();
  new Counter({ name: 'other_total', help: 'of another part', registers: [other] }).inc(3);
  await using app = await startTestApp({ app: { registries: [other] } });
  await app.call(routes.register, 'ada');
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  await app.call(routes.createSession, 'ada');
  await app.call(routes.getSession, 'ada', { id: 'ses_secret' });
  await app.inject('/secret/address');
  const reply = await app.inject('/metrics');
  expect(reply.headers['content-type']).toContain('text/plain');
  expect(reply.body).toContain('ai_sessions_http_request_duration_seconds_count{method="GET",route="/v1/sessions/:id",status="404"} 1');
  expect(reply.body).toContain('route="none",status="404"');
  expect(reply.body).toContain('ai_sessions_live_sessions 1');
  expect(reply.body).toContain('process_resident_memory_bytes');
  expect(reply.body).toContain('other_total 3');
  expect(reply.body).not.toMatch(/secret|usr_ada|ada@/);
});

test('shows the other figures when the store does not answer', async () => {
  const broken = new Proxy({} as never, { get: () => new Proxy({} as never, { get: () => () => Promise.reject(new Error('closed')) }) });
  await using app = await startTestApp({ replace: { store: broken } });
  const reply = await app.inject('/metrics');
  expect(reply.statusCode).toBe(200);
  expect(reply.body).toContain('process_cpu_seconds_total');
});
