import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { type User, script } from '../harness/user.ts';

const plugin = path.resolve(import.meta.dirname, '../harness/plugin');
let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_PLUGINS: `kit=${plugin}` } });
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a test' } });

test('a session with a plugin has its command, its skill and its MCP server; its hooks stay in the sandbox', async () => {
  const { id } = await user.createSession({ plugins: ['kit'], permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [{ name: 'mcp__plugin_field-kit_kit__where', input: {} }] }, { text: 'it said {{last_tool_result}}' }));
  await viewer.result();
  const { payload } = await viewer.frame('system', (frame) => frame.payload.subtype === 'init');
  expect(payload).toMatchObject({
    plugins: ['field-kit'],
    slash_commands: expect.arrayContaining(['field-kit:greet', 'field-kit:triage']),
  });
  expect((await user.session(id)).mcp_servers).toEqual([{ name: 'plugin_field-kit_kit', status: 'connected', error: null }]);
  expect(viewer.text()).toMatch(/it said the kit runs in \/workspace as \d+/);
  expect(viewer.text()).not.toContain('as 0');
  viewer.prompt(script({ tools: [bash('cat hooked; ls /opt/plugins/kit')] }, { text: 'it said {{last_tool_result}}' }));
  await viewer.result(2);
  expect(viewer.text()).toContain('Read-only file system');
  expect(viewer.text()).not.toMatch(/is writable/);
  for (const outside of ['written', 'hooked']) expect(existsSync(path.join(plugin, outside))).toBe(false);
});

test('a command of a plugin is played like a prompt', async () => {
  const { id } = await user.createSession({ plugins: ['kit'] });
  const viewer = await user.view(id);
  viewer.prompt('/field-kit:greet Ada');
  await viewer.result();
  expect(JSON.stringify(system.model.requests.at(-1)?.body)).toContain('Greet Ada from the field kit.');
});

test('a session without it has nothing of it', async () => {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [bash('ls /workspace')] }, { text: 'end' }));
  await viewer.result();
  const { payload } = await viewer.frame('system', (frame) => frame.payload.subtype === 'init');
  expect(payload).toMatchObject({ plugins: [] });
  expect(JSON.stringify(payload)).not.toContain('field-kit');
  expect(JSON.stringify(await viewer.frame('tool_result'))).not.toContain('hooked');
});

test('a plugin that is not on the list is refused, by name', async () => {
  const { body } = await user.call('POST', '/v1/sessions', { plugins: ['kit', 'other'] }, 400);
  expect(body).toMatchObject({
    error: 'invalid_request',
    details: [{ path: 'plugins.1', message: expect.stringContaining('choose from: kit') }],
  });
  await user.call('POST', '/v1/profiles', { name: 'p', plugins: ['other'] }, 400);
});
