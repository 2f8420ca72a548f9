import { type Session, type UsageReport, routes } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

const tokens = { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

test('sums what the sessions used by day, model and session, and tells the prices’ date', async () => {
  await using app = await startTestApp({ config: { dailyBudgetUsd: 25 } });
  await app.call(routes.register, 'ada');
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  const { session } = (await app.call(routes.createSession, 'ada', { body: { name: 'mine' } })).json<{ session: Session }>();
  const usage = { ...tokens, total_cost_usd: 1.5 };
  for (const newCall of [true, false, true])
    await app.commands.apply(session.id, { kind: 'usage', model: 'claude-opus-5-5', usage, newCall, callId: 'one', durationMs: 1 });

  const today = new Date().toISOString().slice(0, 10);
  const sum = {
    model_calls: 2,
    input_tokens: 30,
    output_tokens: 60,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    total_cost_usd: 4.5,
  };
  const report = (await app.call(routes.usage, 'ada')).json<UsageReport>();
  expect(report).toMatchObject({
    to: today,
    total: sum,
    days: [{ day: today, ...sum }],
    models: [{ model: 'claude-opus-5-5', ...sum }],
    sessions: [{ session_id: session.id, name: 'mine', ...sum }],
    daily_budget_usd: 25,
    spent_today_usd: 4.5,
    prices: { as_of: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string },
  });
  expect(Date.parse(report.to) - Date.parse(report.from)).toBe(29 * 86_400_000);
});

test('a user who spent nothing gets an empty report', async () => {
  await using app = await startTestApp();
  await app.call(routes.register, 'bob');
  const report = (await app.call(routes.usage, 'bob', { query: { from: '2026-01-01', to: '2026-01-31' } })).json<UsageReport>();
  expect(report).toMatchObject({ from: '2026-01-01', to: '2026-01-31', days: [], models: [], sessions: [], daily_budget_usd: null });
  expect(report.total).toMatchObject({ model_calls: 0, total_cost_usd: 0 });
});

test.each([
  [{ from: '2026-02-01', to: '2026-01-31' }],
  [{ from: '2024-01-01', to: '2026-01-31' }],
  [{ from: 'yesterday' }],
  [{ to: '2026-02-30' }],
])('%j is no span', async (query) => {
  await using app = await startTestApp();
  await app.call(routes.register, 'cy');
  const reply = await app.call(routes.usage, 'cy', { query });
  expect(reply.statusCode).toBe(400);
  expect(reply.json()).toMatchObject({ error: 'invalid_request', details: [{ path: expect.stringMatching(/^query/) as string }] });
});
