import { defaultSettings, type Profile } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { checkProfile, draftOf } from './profile-draft.ts';

const profile: Profile = {
  ...defaultSettings,
  id: 'prf_1',
  name: 'Triage',
  description: 'For incidents',
  is_default: true,
  allowed_tools: ['Read', 'Bash(jq:*)'],
  model: 'opus',
  max_turns: 40,
  max_budget_usd: 2.5,
  ttl_seconds: 5430,
  environment: { TOKEN: '***' },
  mcp_servers: { docs: { type: 'http', url: 'https://docs.example.com/mcp', headers: { authorization: '***' } } },
  created_at: '2026-11-23T10:00:00.000Z',
  updated_at: '2026-11-23T10:00:00.000Z',
};

test('a profile that is opened and saved stays as it was, its masked secrets with it', () => {
  const { id: _id, is_default: _default, created_at: _created, updated_at: _updated, ...settings } = profile;
  expect(checkProfile(draftOf(profile))).toEqual({ ok: true, body: settings });
});

test('what is cleared is sent as not set', () => {
  const checked = checkProfile({ ...draftOf(profile), model: '', maxTurns: ' ', suffix: '', environment: '' });
  expect(checked).toMatchObject({ ok: true, body: { model: null, max_turns: null, system_prompt_suffix: null, environment: {} } });
});

test('each error stands at its field, and all are told at once', () => {
  const draft = { ...draftOf(), name: ' ', maxTurns: '0', environment: '{oops', mcpServers: '{"a b":{"type":"http","url":"x"}}' };
  const checked = checkProfile(draft);
  expect(checked).toMatchObject({
    ok: false,
    errors: {
      name: expect.stringMatching(/name/),
      maxTurns: expect.stringMatching(/whole/),
      environment: expect.stringMatching(/not JSON/),
      mcpServers: expect.stringMatching(/a b/),
    },
  });
});
