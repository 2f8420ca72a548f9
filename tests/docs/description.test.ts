import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createProfile,
  defaultLimits,
  fixedLimits,
  permissionMode,
  type RouteName,
  routes,
  sessionStatus,
  terminationReason,
} from '@ai-sessions/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { User, script } from '../harness/user.ts';
import { code, fencedBlocks, readPage, tableUnder } from './markdown.ts';

const description = readPage('docs/user-description.md');
const snippets = fencedBlocks(description).filter(({ language }) => language === 'bash' || language === 'javascript');
const itsHost = 'ai-sessions.limacharlie.io';

/** Runs every snippet of the user's description as it is printed, in the order of the document; only the host is another. */
describe('the snippets of the user’s description', () => {
  let system: System;
  let user: User;
  const folder = mkdtempSync(path.join(tmpdir(), 'description-'));
  /** What the document writes where an earlier answer belongs. */
  const filled: Record<string, string> = {};
  const ran = new Set<string>();

  beforeAll(async () => {
    system = await System.start();
    user = new User(system.url, await system.token('you@example.com'));
    // Adds nothing to the command itself: curl also tells the status, on a line of its own.
    writeFileSync(path.join(folder, '.curlrc'), 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n');
    writeFileSync(path.join(folder, 'data.csv'), 'a,b,c,d\n'.repeat(128));
  });
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function snippet(heading: string, number = 1): string {
    const found = snippets.filter(({ headings }) => headings.at(-1) === heading)[number - 1];
    if (found === undefined) throw new Error(`the description has no ${number}. snippet under "${heading}"`);
    ran.add(found.text);
    const placed = Object.entries(filled).reduce((text, [place, value]) => text.replaceAll(place, value), found.text);
    const { host } = new URL(system.url);
    return placed.replaceAll(`https://${itsHost}`, `http://${host}`).replaceAll(`wss://${itsHost}`, `ws://${host}`);
  }

  async function curl(heading: string, number = 1): Promise<{ status: number; body: unknown }> {
    const { code: exitCode, output } = await ended('bash', ['-euo', 'pipefail', '-c', snippet(heading, number)], folder, {
      LC_JWT: user.token,
      CURL_HOME: folder,
    });
    expect(exitCode, output).toBe(0);
    const at = output.lastIndexOf('\n');
    const text = output.slice(0, at);
    return { status: Number(output.slice(at + 1)), body: text === '' ? null : JSON.parse(text) };
  }

  /** Runs a snippet and holds its answer against the contract. */
  async function answer<const N extends RouteName>(name: N, status: number, heading: string, number = 1): Promise<Record<string, unknown>> {
    const reply = await curl(heading, number);
    expect(reply, JSON.stringify(reply.body)).toMatchObject({ status });
    const replies: Readonly<Record<number, { parse(value: unknown): unknown }>> = routes[name].replies;
    return replies[status]?.parse(reply.body) as Record<string, unknown>;
  }

  test('Step 1: Registration', async () => {
    expect(await answer('register', 200, 'Step 1: Registration')).toMatchObject({ registered: true });
  });

  test('Option A: API Key', async () => {
    expect(await answer('storeApiKey', 200, 'Option A: API Key')).toMatchObject({ success: true });
  });

  test('Option B: Claude Max OAuth, up to the sign-in at Anthropic', async () => {
    const started = await answer('startOauth', 200, 'Option B: Claude Max OAuth', 1);
    expect(started).toMatchObject({ expires_in: 300 });
    filled['<oauth_session_id>'] = String(started['oauth_session_id']);
    filled['<authorization_code>'] = 'not-a-code';
    let url: Record<string, unknown> = {};
    await until(
      async () => {
        url = await answer('oauthUrl', 200, 'Option B: Claude Max OAuth', 2);
        return url['status'] !== 'pending';
      },
      () => `the address did not come: ${JSON.stringify(url)}`,
    );
    expect(url).toMatchObject({ status: 'ready', url: expect.stringMatching(/^https:/) });
    // Nobody has signed in, so no code is right.
    const refused = await curl('Option B: Claude Max OAuth', 3);
    expect(refused).toMatchObject({ status: 400, body: { error: 'oauth_code_rejected' } });
  });

  test('Step 3: Create a Session', async () => {
    const { session } = await answer('createSession', 201, 'Step 3: Create a Session');
    expect(session).toMatchObject({ allowed_tools: ['Bash', 'Read', 'Write', 'Grep', 'Glob'], denied_tools: ['WebFetch'] });
    filled['{sessionId}'] = (session as { id: string }).id;
  });

  test('Step 4: Connect via WebSocket', async () => {
    filled['{jwt}'] = user.token;
    // A WebSocket refuses to send before it is open: the second statement follows as soon as it is, as when it is pasted by hand.
    const [connect = '', send = ''] = snippet('Step 4: Connect via WebSocket').split('// Send a prompt\n');
    expect(send).toContain('ws.send');
    const program = `${connect}\nawait new Promise((resolve) => ws.addEventListener('open', resolve));\n${send}`;
    const client = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [client.stdout, client.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await until(
        () => /^result /m.test(output) || client.exitCode !== null,
        () => `no result came:\n${output}`,
      );
    } finally {
      client.kill();
    }
    expect(output).toMatch(/^session_status /m);
    expect(output).toMatch(/^assistant /m);
    expect(output).toContain("result: 'I am the scripted model, not Claude. You wrote: List all files in the current directory'");
  });

  test('Creating a Profile', async () => {
    const { profile } = await answer('createProfile', 201, 'Creating a Profile');
    expect(profile).toMatchObject({
      name: 'Investigation',
      description: 'Profile for security investigations',
      denied_tools: ['Write', 'Edit'],
      permission_mode: 'acceptEdits',
      max_turns: 100,
      max_budget_usd: 10,
      is_default: false,
    });
    filled['{profileId}'] = (profile as { id: string }).id;
  });

  test('Setting a Default Profile', async () => {
    const { profile } = await answer('setDefaultProfile', 200, 'Setting a Default Profile');
    expect(profile).toMatchObject({ name: 'Investigation', is_default: true });
  });

  test('Capturing Settings from a Session', async () => {
    const { profile } = await answer('captureProfile', 201, 'Capturing Settings from a Session');
    expect(profile).toMatchObject({ name: 'My Session Config', denied_tools: ['WebFetch'] });
  });

  test('Terminating a Session, then Deleting Session Records', async () => {
    expect(await answer('terminateSession', 200, 'Terminating a Session')).toEqual({ terminated: true });
    expect(await answer('deleteSessionRecord', 200, 'Deleting Session Records')).toEqual({ deleted: true });
  });

  test('Uploading Files: the file is in the session at its target path', async () => {
    const { session } = await answer('createSession', 201, 'Step 3: Create a Session');
    filled['{sessionId}'] = (session as { id: string }).id;
    const upload = await answer('requestUpload', 200, 'Uploading Files', 1);
    expect(upload).toMatchObject({ target_path: '/workspace/uploads/data.csv' });
    filled['{upload_url}'] = String(upload['upload_url']);
    filled['{upload_id}'] = String(upload['upload_id']);
    expect(await curl('Uploading Files', 2)).toMatchObject({ status: 200 });
    const completed = await answer('completeUpload', 200, 'Uploading Files', 3);
    expect(completed).toEqual({ success: true, path: upload['target_path'] });
    const viewer = await user.view(filled['{sessionId}']);
    const command = `wc -c < ${String(upload['target_path'])} > /workspace/output.txt`;
    viewer.prompt(script({ text: 'Counting.', tools: [{ name: 'Bash', input: { command } }] }, { text: 'Done.' }));
    expect(await viewer.result()).toMatchObject({ subtype: 'success' });
    viewer.close();
  });

  test('Downloading Files', async () => {
    const download = await answer('requestDownload', 200, 'Downloading Files', 1);
    filled['{download_url}'] = String(download['download_url']);
    expect(await curl('Downloading Files', 2)).toEqual({ status: 200, body: null });
    expect(readFileSync(path.join(folder, 'output.txt'), 'utf8')).toBe('1024\n');
    expect(download).toMatchObject({ size: 5 });
  });

  test('none was left out', () => {
    expect(snippets.filter(({ text }) => !ran.has(text)).map(({ text }) => text)).toEqual([]);
  });
});

describe('the tables of the user’s description', () => {
  const column = (heading: string) => tableUnder(description, heading).map(([first]) => code(first));

  test('states and reasons are those of the contract', () => {
    expect(column('Session States')).toEqual([...sessionStatus.options]);
    expect(column('Termination Reasons').toSorted()).toEqual(terminationReason.options.toSorted());
  });

  test('profile options are settings, with the limits that are named', () => {
    for (const name of column('Profile Options')) expect(Object.keys(createProfile.shape)).toContain(name);
    const told = tableUnder(description, 'Profile Options')
      .map((row) => row.join(' '))
      .join('\n');
    for (const mode of permissionMode.options) expect(told).toContain(`\`${mode}\``);
    expect(told).toContain(`max ${fixedLimits.profileName} characters`);
    expect(told).toContain(`max ${fixedLimits.profileDescription} characters`);
  });

  test('limits are the defaults', () => {
    const limits = Object.fromEntries(
      tableUnder(description, 'Rate Limits').map(([what = '', limit = '']) => [what, Number.parseInt(limit)]),
    );
    expect(limits).toEqual({
      'Registration requests': defaultLimits.register_per_minute,
      'Session creation': defaultLimits.create_session_per_minute,
      'Maximum concurrent sessions': defaultLimits.concurrent_sessions,
      'WebSocket messages': defaultLimits.ws_messages_per_second,
      Prompts: defaultLimits.prompts_per_minute,
      'File uploads': defaultLimits.uploads_per_minute,
    });
    expect(description).toContain(`Maximum file size: ${defaultLimits.file_bytes / 1024 ** 2} MB`);
    expect(description).toContain(`Maximum message size (WebSocket): ${defaultLimits.ws_message_bytes / 1024 ** 2} MB`);
    expect(description).toContain(`up to ${defaultLimits.profiles} profiles`);
    expect(description).toContain(`heartbeats every ${fixedLimits.heartbeatSeconds} seconds`);
  });
});

/** Runs a program to its end. Gives its exit code, and what it printed. */
async function ended(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code: exitCode, output };
}
