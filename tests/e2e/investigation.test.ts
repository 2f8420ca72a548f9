import { spawn } from 'node:child_process';
import path from 'node:path';
import {
  adHocAnalysis,
  type Scene,
  type SecurityServer,
  startSecurityServer,
  threatInvestigation,
} from '@ai-sessions/examples/investigation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { type User, type Viewer } from '../harness/user.ts';

const root = path.resolve(import.meta.dirname, '../..');
const key = 'security-key-2291';
let system: System;
let user: User;
let security: SecurityServer;

beforeAll(async () => {
  security = await startSecurityServer({ key });
  system = await System.start({ env: { AI_SESSIONS_EGRESS_ALLOW: '127.0.0.1' } });
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  await security?.[Symbol.asyncDispose]();
});

async function played(scene: Scene, header = key): Promise<{ id: string; viewer: Viewer }> {
  const { id } = await user.createSession({
    allowed_tools: ['mcp__security', 'Bash(jq:*)', 'Bash(echo:*)', 'Bash(sort:*)', 'Bash(uniq:*)'],
    mcp_servers: { security: { type: 'http', url: security.url, headers: { 'X-Api-Key': header } } },
  });
  const viewer = await user.view(id);
  viewer.prompt(`${scene.prompt}\n!script ${JSON.stringify({ steps: scene.steps })}`);
  await viewer.result();
  return { id, viewer };
}

test('Interactive Threat Investigation: the bad process, where it persists and the bad address are found through the MCP server', async () => {
  const { id, viewer } = await played(threatInvestigation);
  const found = viewer.text().split('I found several suspicious indicators:')[1] ?? '';
  expect(found).toMatch(
    /1 A new process update\.exe started from C:\\Users\\maria\\AppData\\Local\\Temp\\update\.exe: Remote access trojan/,
  );
  expect(found).toMatch(/3 Outbound connections of update\.exe to 45\.33\.32\.156: Known C2 server/);
  expect(found).toMatch(/1 Registry modification of update\.exe for persistence: HKCU.*Run, Updater/);
  expect(found).not.toMatch(/OUTLOOK|chrome|spoolsv|8\.8\.8\.8/);
  expect(JSON.stringify(threatInvestigation.steps)).not.toMatch(/update\.exe|45\.33/);
  expect(security.calls).toEqual(['get_sensor', 'list_events', 'lookup_reputation']);
  expect(viewer.events.some(({ type }) => type === 'tool_approval_request')).toBe(false);
  expect(JSON.stringify(await user.history(id))).not.toContain(key);
});

test('Ad-hoc Analysis: one of the addresses is malicious', async () => {
  const { viewer } = await played(adHocAnalysis);
  const lines = ['- 192.168.1.1: clean (internal)', '- 45.33.32.156: malicious (Known C2 server)', '- 8.8.8.8: clean (Google DNS)'];
  expect(viewer.text()).toContain(`Results:\n${lines.join('\n')}`);
});

test('with a wrong key there is a clear error, and nothing is found', async () => {
  const before = security.calls.length;
  const { id, viewer } = await played(adHocAnalysis, 'wrong-key-1');
  expect((await user.session(id)).mcp_servers).toEqual([
    { name: 'security', status: 'failed', error: 'The server refused the credentials (HTTP 401). Check the headers.' },
  ]);
  expect(viewer.text()).not.toContain('Known C2 server');
  expect(security.calls).toHaveLength(before);
});

test('the example runs as the page has it', async () => {
  const env = { ...process.env, AI_SESSIONS_URL: system.url, TOKEN: user.token, SECURITY_KEY: key, SECURITY_URL: security.url };
  const program = spawn(process.execPath, ['examples/investigation/investigate.ts', '--demo'], { cwd: root, env });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => program.once('exit', resolve));
  expect(code, output).toBe(0);
  expect(output).toContain('[mcp__security__list_events]');
  expect(output).toContain('Outbound connections of update.exe to 45.33.32.156: Known C2 server');
  expect(output).toContain('45.33.32.156: malicious (Known C2 server)');
});
