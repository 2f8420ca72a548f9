import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { System, processes } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { User } from '../harness/user.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const dataDir = mkdtempSync(path.join(tmpdir(), 'start '));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs a program of the project; gives its exit code and what it printed. */
async function outcome(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [path.join(root, file), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const failed = error as { code: number; stdout: string; stderr: string };
    return { code: failed.code, output: failed.stdout + failed.stderr };
  }
}

test('the sign-in link works once and gives a token and a refresh cookie that scripts cannot read', async () => {
  await using system = await System.start();
  const code = new URL(system.signInLink).hash.replace('#code=', '');
  const signIn = () =>
    fetch(`${system.url}/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  const first = await signIn();
  expect(first.status).toBe(200);
  const { token } = (await first.json()) as { token: string };
  const cookie = first.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly/i);
  expect(cookie).toMatch(/SameSite=Strict/i);
  expect((await signIn()).status).toBe(401);
  expect((await new User(system.url, token).call('POST', '/v1/register')).status).toBe(200);
  const refreshed = await fetch(`${system.url}/auth/refresh`, { method: 'POST', headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(refreshed.status).toBe(200);
  expect(system.output).not.toContain(token);
});

test('its folder is for its owner only, and a second one on the same folder is refused', async () => {
  await using system = await System.start();
  expect(statSync(system.dataDir).mode & 0o777).toBe(0o700);
  for (const name of ['master.key', 'issuer.key.json', 'runner.token', 'ai-sessions.db'])
    expect(statSync(path.join(system.dataDir, name)).mode & 0o777, name).toBe(0o600);
  const second = await outcome('packages/launcher/src/start.mjs', [], { AI_SESSIONS_DATA_DIR: system.dataDir, AI_SESSIONS_PORT: '0' });
  expect(second.code).toBe(1);
  expect(second.output).toContain('already runs');
});

test('killed with SIGKILL, the launcher takes server, runner and sessions along', async () => {
  const system = await System.start();
  const user = await system.user();
  const { id } = await user.createSession();
  await user.sessionBecomes(id, { status: 'running' });
  const parts = [system.pid('server'), system.pid('runner'), ...system.claudeProcesses().map(({ pid }) => pid)];
  expect(parts.length).toBeGreaterThan(2);
  await system.stop('SIGKILL');
  await until(
    () => processes().every(({ pid }) => !parts.includes(pid)),
    () => JSON.stringify(processes().filter(({ pid }) => parts.includes(pid))),
    15_000,
  );
  await system.launch();
  await user.sessionBecomes(id, { status: 'running', activity: 'hibernated' });
  await system[Symbol.asyncDispose]();
});

describe('bad settings are told all at once, and how to mend them', () => {
  test.each([
    [
      { AI_SESSIONS_PORT: 'x', AI_SESSIONS_IDLE_TIMEOUT: '10 minutes', AI_SESSIONS_LIMITS: '{"profils":3}' },
      ['AI_SESSIONS_PORT', 'AI_SESSIONS_IDLE_TIMEOUT', 'AI_SESSIONS_LIMITS'],
    ],
    [{ AI_SESSIONS_MASTER_KEY: 'short' }, ['32 bytes']],
    [{ AI_SESSIONS_SANDBOX: 'none', AI_SESSIONS_HOST: '0.0.0.0' }, ['loopback']],
    [
      { AI_SESSIONS_SANDBOX: 'none', AI_SESSIONS_PUBLIC_URL: 'https://sessions.example.com' },
      ['AI_SESSIONS_PUBLIC_URL', 'Install bubblewrap'],
    ],
    [{ AI_SESSIONS_STORE: 'postgres://x' }, ['AI_SESSIONS_STORE']],
  ])('%j', async (env, told) => {
    const { code, output } = await outcome('packages/launcher/src/start.mjs', [], {
      AI_SESSIONS_DATA_DIR: path.join(dataDir, 'bad'),
      AI_SESSIONS_PORT: '0',
      ...env,
    });
    expect(code).toBe(1);
    for (const text of told) expect(output).toContain(text);
  });

  test('an unknown argument', async () => {
    const { code, output } = await outcome('packages/launcher/src/start.mjs', ['--dem'], {
      AI_SESSIONS_DATA_DIR: path.join(dataDir, 'bad'),
    });
    expect(code).toBe(1);
    expect(output).toContain('--demo');
  });

  test('a master key that others can read', async () => {
    const folder = mkdtempSync(path.join(dataDir, 'key '));
    writeFileSync(path.join(folder, 'master.key'), Buffer.alloc(32, 7).toString('base64'));
    chmodSync(path.join(folder, 'master.key'), 0o644);
    const { code, output } = await outcome('packages/launcher/src/start.mjs', [], { AI_SESSIONS_DATA_DIR: folder, AI_SESSIONS_PORT: '0' });
    expect(code).toBe(1);
    expect(output).toContain('chmod 600');
  });
});

test('doctor names what it checked, and ends with 0 on this machine', async () => {
  const { code, output } = await outcome('packages/launcher/src/doctor.ts', [], { AI_SESSIONS_DATA_DIR: path.join(dataDir, 'new') });
  for (const name of ['node', 'sandbox', 'user namespaces', 'cgroups', 'Claude Code', 'master key', 'disk', 'port', 'upstream'])
    expect(output).toContain(`${name}:`);
  expect(code).toBe(0);
});

test('the demo answers without account or network, and says what it is', async () => {
  await using system = await System.start({ arguments: ['--demo'] });
  const user = new User(system.url, await system.token('you@example.com'));
  await user.call('POST', '/v1/register', undefined, 200);
  expect((await user.call('GET', '/v1/auth/claude/status')).body).toMatchObject({ has_credentials: true, credential_type: 'demo' });
  const { id } = await user.createSession();
  const viewer = await user.view(id, { deltas: true });
  viewer.prompt('Hello!');
  const asked = await viewer.frame('tool_approval_request');
  viewer.send('tool_approval_response', { tool_use_id: asked.payload.tool_use_id, approved: true });
  expect(await viewer.result()).toMatchObject({ subtype: 'success' });
  expect(viewer.text()).toMatch(/script/i);
  expect(viewer.events.filter((event) => event.type === 'tool_use').length).toBeGreaterThanOrEqual(2);
});

test('without a sandbox: one user, loopback only, and it works', async () => {
  await using system = await System.start({ env: { AI_SESSIONS_SANDBOX: 'none' } });
  const ada = await system.user('ada@example.com');
  const { id } = await ada.createSession();
  const viewer = await ada.view(id);
  viewer.prompt('!script {"steps":[{"text":"bare"}]}');
  await viewer.result();
  expect(viewer.text()).toContain('bare');
  const bob = new User(system.url, await system.token('bob@example.com'));
  expect(await bob.call('POST', '/v1/register')).toMatchObject({ status: 403, body: { error: 'forbidden' } });
});
