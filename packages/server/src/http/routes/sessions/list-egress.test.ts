import { type EgressEntry, type Report, type Session, routes } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

type Page = { entries: EgressEntry[]; next_cursor: string };

test('pages the rows newest first, all or those asked for, for their owner alone', async () => {
  await using app = await startTestApp();
  for (const user of ['ada', 'bob']) await app.call(routes.register, user);
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  const { session } = (await app.call(routes.createSession, 'ada')).json<{ session: Session }>();
  const { id } = session;
  expect((await app.call(routes.listEgress, 'ada', { id })).json()).toEqual({ entries: [], next_cursor: '' });

  const usage = { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, total_cost_usd: 0.1 };
  for (const callId of ['a', 'b', 'c'])
    await app.commands.apply(session.id, { kind: 'usage', model: 'opus', usage, newCall: true, callId, durationMs: 1 });
  const first = (await app.call(routes.listEgress, 'ada', { id, query: { limit: '2' } })).json<Page>();
  expect(first.entries.map(({ number }) => number)).toEqual([3, 2]);
  const rest = (await app.call(routes.listEgress, 'ada', { id, query: { limit: '2', cursor: first.next_cursor } })).json<Page>();
  expect(rest).toMatchObject({ entries: [{ number: 1, kind: 'model_call', model: 'opus', cost_usd: 0.1 }], next_cursor: '' });

  await app.commands.apply(session.id, { kind: 'assign', runnerId: 'r' });
  const connection = (row: number, verdict: 'allowed' | 'denied'): Report => ({
    kind: 'egress',
    row,
    connection: {
      kind: 'connection',
      at: new Date().toISOString(),
      via: 'sandbox',
      host: `${verdict}.test`,
      port: 443,
      address: null,
      verdict,
      rule: 'open',
      count: 1,
      bytes_up: null,
      bytes_down: null,
      duration_ms: null,
      error: null,
    },
  });
  const reports = [connection(1, 'denied'), connection(2, 'allowed'), connection(3, 'denied')];
  await app.commands.apply(session.id, { kind: 'reports', epoch: 1, first: 1, reports });
  const numbers = async (query: Record<string, string>) =>
    (await app.call(routes.listEgress, 'ada', { id, query })).json<Page>().entries.map(({ number }) => number);
  expect(await numbers({ verdict: 'denied' })).toEqual([6, 4]);
  expect(await numbers({ verdict: 'denied', cursor: '6' })).toEqual([4]);
  expect(await numbers({ verdict: 'allowed', kind: 'connection' })).toEqual([5]);
  expect(await numbers({ kind: 'connection' })).toEqual([6, 5, 4]);
  expect(await numbers({ kind: 'model_call', limit: '2' })).toEqual([3, 2]);
  expect(await numbers({ kind: 'model_call', verdict: 'denied' })).toEqual([]);
  expect((await app.call(routes.listEgress, 'ada', { id, query: { verdict: 'maybe' } })).statusCode).toBe(400);

  expect((await app.call(routes.listEgress, 'bob', { id })).statusCode).toBe(404);
  for (const cursor of ['0', '-1', 'x', '1e3']) {
    const reply = await app.call(routes.listEgress, 'ada', { id, query: { cursor } });
    expect(reply.json()).toMatchObject({ error: 'invalid_request', details: [{ path: 'cursor' }] });
  }
});
