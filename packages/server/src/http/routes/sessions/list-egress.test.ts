import { type EgressEntry, type Session, routes } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

type Page = { entries: EgressEntry[]; next_cursor: string };

test('pages the rows newest first, for their owner alone', async () => {
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

  expect((await app.call(routes.listEgress, 'bob', { id })).statusCode).toBe(404);
  for (const cursor of ['0', '-1', 'x', '1e3']) {
    const reply = await app.call(routes.listEgress, 'ada', { id, query: { cursor } });
    expect(reply.json()).toMatchObject({ error: 'invalid_request', details: [{ path: 'cursor' }] });
  }
});
