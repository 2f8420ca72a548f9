import { expect, test } from 'vitest';
import { makeSpec } from '../fixtures/fake-server.ts';
import { splitSpec, STARTER_SPEC } from './late-settings.ts';
import { spareKey } from './spare.ts';

const keyOf = (more: Parameters<typeof makeSpec>[0]): string | undefined => {
  const split = splitSpec(makeSpec(more));
  return split && spareKey(split.fixed);
};
const usual = spareKey(STARTER_SPEC);

test.each([
  ['the starter profile', {}],
  ['a model', { model: 'sonnet' }],
  ['variables for commands', { environment: { TEAM: 'blue', AWS_REGION: 'eu' } }],
  ['rules that the runner judges', { allowed_tools: ['Read'], denied_tools: ['Bash(rm:*)'], session_allowed_tools: ['Bash(ls:*)'] }],
  ['a budget, which the gateway keeps', { max_budget_usd: 3 }],
  ['a first prompt', { prompt: { prompt_id: 'pmt_1', text: 'hi', interrupted: false } }],
])('served by the usual spare: %s', (_, more) => {
  expect(keyOf(more)).toBe(usual);
});

test.each([
  ['another kind of credential', { credential_kind: 'oauth_token' as const }],
  ['a prompt suffix', { system_prompt_suffix: 'Be brief.' }],
  ['a hidden tool', { denied_tools: ['WebFetch'] }],
  ['another mode', { permission_mode: 'bypassPermissions' as const }],
  ['plan mode', { permission_mode: 'plan' as const }],
  ['a limit of turns', { max_turns: 3 }],
  ['a task budget', { task_budget_tokens: 1000 }],
])('served by a spare of its own kind: %s', (_, more) => {
  expect(keyOf(more)).toBeTypeOf('string');
  expect(keyOf(more)).not.toBe(usual);
  expect(keyOf(more)).toBe(keyOf({ ...more, model: 'haiku' }));
});

test.each([
  ['a conversation that goes on', { resume: true }],
  ['a turn that was cut', { prompt: { prompt_id: 'pmt_1', text: 'hi', interrupted: true } }],
  ['MCP servers', { mcp_servers: { a: { type: 'stdio' as const, command: 'a' } } }],
  ['variables that Claude Code reads', { environment: { NODE_OPTIONS: '--x' } }],
  ['a proxy', { environment: { https_proxy: 'http://p' } }],
  ['a path', { environment: { PATH: '/x' } }],
])('never served by a spare: %s', (_, more) => {
  expect(keyOf(more)).toBeUndefined();
});

test('what a spare is started with holds nothing of the session', () => {
  const spec = makeSpec({
    environment: { SECRET: 'sesame' },
    prompt: { prompt_id: 'pmt_1', text: 'sesame', interrupted: false },
    gateway_token: 'sesame',
    allowed_tools: ['Bash(sesame:*)'],
  });
  const { fixed } = splitSpec(spec) ?? {};
  const text = JSON.stringify(fixed);
  expect(text).not.toContain('sesame');
  expect(text).not.toContain(spec.session_id);
  expect(text).not.toContain(spec.claude_session_id);
});
