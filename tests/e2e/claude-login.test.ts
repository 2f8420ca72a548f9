/* oxlint-disable no-restricted-imports -- Only a constructor can send a sign-in to stand-ins of Claude's hosts, so both run in this process. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ScriptedModel, startScriptedModel } from '@ai-sessions/scripted-model';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClaudeStandIn, FAKE_TOKEN, REFUSED } from '../../packages/runner/src/claude-login/fixtures/claude-stand-in.ts';
import { readConfig as readRunnerConfig } from '../../packages/runner/src/config.ts';
import { Runner } from '../../packages/runner/src/runner.ts';
import { readHostProcesses } from '../../packages/runner/src/sandbox/fixtures/host-processes.ts';
import { readConfig } from '../../packages/server/src/config.ts';
import { type RunningServer, startServer } from '../../packages/server/src/server.ts';
import { until } from '../harness/until.ts';
import { User } from '../harness/user.ts';

const run = promisify(execFile);
const secret = FAKE_TOKEN.slice(0, 40);
let dataDir: string;
let log = '';
let model: ScriptedModel;
let standIn: ClaudeStandIn;
let server: RunningServer;
let runner: Runner;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'claude-login-'));
  model = await startScriptedModel({});
  standIn = await ClaudeStandIn.start();
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (log += line) });
  const env = { AI_SESSIONS_DATA_DIR: dataDir, AI_SESSIONS_PORT: '0', AI_SESSIONS_MODEL_UPSTREAM: model.url };
  server = await startServer(readConfig(env), logger);
  runner = await Runner.start(readRunnerConfig({ ...env, AI_SESSIONS_SERVER_URL: server.url }), logger, { loginStandIn: standIn });
  await until(
    async () => (await fetch(`${server.url}/readyz`)).ok,
    () => 'no runner came',
  );
});

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await standIn[Symbol.asyncDispose]();
  await model.close();
  await rm(dataDir, { recursive: true });
});

async function newUser(email: string): Promise<User> {
  const script = path.resolve(import.meta.dirname, '../../packages/server/src/token.ts');
  const { stdout } = await run(process.execPath, [script, email], { env: { ...process.env, AI_SESSIONS_DATA_DIR: dataDir } });
  const user = new User(server.url, stdout.trim());
  await user.call('POST', '/v1/register', undefined, 200);
  return user;
}

async function startLogin(user: User): Promise<{ id: string; state: string }> {
  const id = String((await user.call('POST', '/v1/auth/claude/start', undefined, 200)).body['oauth_session_id']);
  let url = '';
  await until(
    async () => {
      const { body } = await user.call('GET', `/v1/auth/claude/url?session_id=${id}`, undefined, 200);
      if (body['status'] === 'failed') throw new Error(JSON.stringify(body));
      url = typeof body['url'] === 'string' ? body['url'] : '';
      return url !== '';
    },
    () => 'no address came',
  );
  return { id, state: new URL(url).searchParams.get('state') ?? '' };
}

const submit = (user: User, session_id: string, code: string) => user.call('POST', '/v1/auth/claude/code', { session_id, code });

test('a user signs in with a plan, and a session runs on it without holding the token', async () => {
  const user = await newUser('ada@example.com');
  const { id, state } = await startLogin(user);
  expect(await submit(user, id, `good#not-${state}`)).toMatchObject({ status: 400, body: { error: 'oauth_code_rejected' } });
  const done = await submit(user, id, `good#${state}`);
  expect(done).toMatchObject({ status: 200, body: { status: 'completed' } });
  expect((await user.call('GET', '/v1/auth/claude/status')).body).toMatchObject({ credential_type: 'oauth_token' });
  expect(await submit(user, id, `good#${state}`)).toMatchObject({ status: 400 });

  const session = await user.createSession({ initial_prompt: 'hello' });
  const viewer = await user.view(session.id);
  expect((await viewer.frame('result')).payload).toMatchObject({ success: true });
  const calls = model.requests.filter(({ path: called }) => called.startsWith('/v1/messages'));
  expect(calls.length).toBeGreaterThan(0);
  for (const { headers } of calls) {
    expect(headers['authorization']).toBe(`Bearer ${FAKE_TOKEN}`);
    expect(headers['x-api-key']).toBeUndefined();
  }
  for (const what of ['cmdline', 'environ'] as const) {
    expect([...readHostProcesses(what)].filter(([, text]) => text.includes(secret))).toEqual([]);
  }
  viewer.socket.close();
  await user.endAll();
});

test('a code that Anthropic refuses', async () => {
  const user = await newUser('bob@example.com');
  const { id, state } = await startLogin(user);
  expect(await submit(user, id, `${REFUSED}#${state}`)).toMatchObject({ status: 400, body: { error: 'oauth_code_rejected' } });
  expect((await user.call('GET', '/v1/auth/claude/status')).body).toEqual({ has_credentials: false });
});

test('a runner that goes away takes its sign-ins with it, and the next one can be started', async () => {
  const user = await newUser('cy@example.com');
  const { id, state } = await startLogin(user);
  await runner[Symbol.asyncDispose]();
  await until(
    async () => (await user.call('GET', `/v1/auth/claude/url?session_id=${id}`)).body['status'] === 'failed',
    () => 'the sign-in did not fail',
  );
  expect(await submit(user, id, `good#${state}`)).toMatchObject({ status: 410, body: { error: 'oauth_session_expired' } });
  expect(await user.call('POST', '/v1/auth/claude/start')).toMatchObject({ status: 503 });
  const env = { AI_SESSIONS_DATA_DIR: dataDir, AI_SESSIONS_SERVER_URL: server.url };
  runner = await Runner.start(readRunnerConfig(env), pino({ level: 'silent' }), { loginStandIn: standIn });
  await until(
    async () => (await fetch(`${server.url}/readyz`)).ok,
    () => 'no runner came',
  );
  const again = await startLogin(user);
  expect(await submit(user, again.id, `good#${again.state}`)).toMatchObject({ status: 200 });
});

test('the token is nowhere in the clear: not in the logs, not in a file', async () => {
  expect(log).toContain('a Claude sign-in has ended');
  expect(log).not.toContain(secret);
  const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    expect((await readFile(path.join(file.parentPath, file.name))).includes(secret), file.name).toBe(false);
  }
  expect(await readdir(path.join(dataDir, 'runner', 'logins'))).toEqual([]);
});
