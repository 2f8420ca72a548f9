import type { UsageReport } from '@ai-sessions/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { script } from '../harness/user.ts';

let system: System;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_DAILY_BUDGET_USD: '5' } });
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

/** Output of the model that costs so much at the price of Claude Opus 5.5, $20 for a million tokens. */
const costing = (usd: number) => ({
  input_tokens: 0,
  output_tokens: usd * 50_000,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
});
const model = 'claude-opus-5-5';
const bash = { name: 'Bash', input: { command: 'true', description: 'a test' } };

test('a budget holds for sub-agents that call the model at once: it is overrun by one call at most', async () => {
  const user = await system.user('ada@example.com');
  const { id } = await user.createSession({ model, max_budget_usd: 1, permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  const inner = script({ text: 'looked', usage: costing(0.6), delay_ms: 300 });
  const agent = (n: number) => ({
    name: 'Agent',
    input: {
      description: `part ${n}`,
      prompt: `${inner}\n${n}`,
      subagent_type: 'general-purpose',
      model: 'opus',
      run_in_background: false,
    },
  });
  viewer.prompt(script({ usage: costing(0.1), tools: [1, 2, 3, 4].map(agent) }, { text: 'end', usage: costing(0.1) }));
  const result = await viewer.result();
  expect(result).toMatchObject({ subtype: 'error_max_budget_usd', is_error: true });
  expect(result.result).toMatch(/budget of \$1 is spent .* Raise max_budget_usd/);
  const { usage } = await user.session(id);
  expect(usage.total_cost_usd).toBeGreaterThanOrEqual(1);
  expect(usage.total_cost_usd).toBeLessThanOrEqual(1.6);

  viewer.prompt('more', 'refused');
  expect((await viewer.frame('error')).payload).toMatchObject({ code: 'budget_exhausted', client_msg_id: 'refused' });
  await user.call('PATCH', `/v1/sessions/${id}`, { max_budget_usd: 3 }, 200);
  viewer.prompt(script({ text: 'again', usage: costing(0.1) }));
  expect(await viewer.result(2)).toMatchObject({ subtype: 'success', result: 'again' });
});

test('the operator’s daily budget ends a turn and refuses prompts, with the reason, in every session of the user', async () => {
  const user = await system.user('bob@example.com');
  const { id } = await user.createSession({ model, permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ usage: costing(5.5), tools: [bash] }, { text: 'never' }));
  const result = await viewer.result();
  expect(result).toMatchObject({ subtype: 'error_max_budget_usd', is_error: true });
  expect(result.result).toMatch(/budget of \$5 a day is spent .* 00:00 UTC/);
  viewer.prompt('more', 'refused');
  expect((await viewer.frame('error')).payload.message).toMatch(/budget of \$5 a day/);
  const other = await user.createSession({ model });
  expect(await user.call('POST', '/v1/sessions', { initial_prompt: 'hello' })).toMatchObject({
    status: 409,
    body: { error: 'budget_exhausted' },
  });

  const report = (await user.call('GET', '/v1/usage', undefined, 200)).body as unknown as UsageReport;
  expect(report.spent_today_usd).toBeCloseTo(5.5, 6);
  expect(report.sessions.map(({ session_id }) => session_id)).toEqual([id]);
  expect(report.sessions.map(({ session_id }) => session_id)).not.toContain(other.id);
  const cy = await system.user('cy@example.com');
  const unspent = await cy.createSession({ model });
  const theirs = await cy.view(unspent.id);
  theirs.prompt(script({ text: 'of another user', usage: costing(0.1) }));
  expect(await theirs.result()).toMatchObject({ subtype: 'success' });
});
