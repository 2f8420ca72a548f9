import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System, processes } from '../harness/system.ts';
import { type User, script, textOf } from '../harness/user.ts';

const key = 'sk-ant-api03-very-secret-key-of-ada';
let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start();
  user = await system.user('ada@example.com', key);
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

/** Runs a command in a session of its own and gives what it printed. */
async function inside(command: string): Promise<string> {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [{ name: 'Bash', input: { command, description: 'look around', timeout: 60_000 } }] }, { text: 'done' }));
  await viewer.result();
  const { payload } = await viewer.frame('tool_result');
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  return typeof payload.content === 'string' ? payload.content : payload.content.map((block) => textOf(block)).join('\n');
}

test('the key reaches the upstream, and only there', async () => {
  await inside('true');
  const keys = system.model.requests.map((request) => request.headers['x-api-key']);
  expect(new Set(keys)).toEqual(new Set([key]));
});

test('inside there is no trace of it: environment, processes, files', async () => {
  // A bracket around its last letter keeps the search from finding itself.
  const pattern = `${key.slice(12, 27)}[${key.slice(27, 28)}]`;
  const found = await inside(
    `{ env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; } | grep -e '${pattern}'; grep -rsl --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir=opt -e '${pattern}' /; echo searched`,
  );
  expect(found.trim()).toBe('searched');
});

test('the host is not to be seen: its folders, processes, network', async () => {
  const found = await inside(
    [
      `ls ${JSON.stringify(system.dataDir)} 2>&1 | head -1`,
      'echo "uid $(id -u)"',
      'echo "processes $(ls -d /proc/[0-9]* | wc -l)"',
      `(exec 3<>/dev/tcp/127.0.0.1/${new URL(system.url).port}) 2>&1 | grep -q refused && echo "server refused"`,
      '(exec 3<>/dev/tcp/1.1.1.1/53) 2>&1 | grep -qi unreachable && echo "internet unreachable"',
      'touch /usr/x 2>&1 | grep -o "Read-only file system"',
      'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status',
    ].join('; '),
  );
  expect(found).toContain('No such file or directory');
  expect(found).toMatch(/uid 1000/);
  expect(Number(/processes (\d+)/.exec(found)?.[1])).toBeLessThan(15);
  expect(found).toContain('server refused');
  expect(found).toContain('internet unreachable');
  expect(found).toContain('Read-only file system');
  expect(found).toMatch(/CapEff:\s+0000000000000000/);
  expect(found).toMatch(/NoNewPrivs:\s+1/);
  expect(found).toMatch(/Seccomp:\s+2/);
});

test('a token of the inside gets nothing but model calls of its own session', async () => {
  const found = await inside(
    [
      'sock=$ANTHROPIC_UNIX_SOCKET',
      'for path in /v1/files /v1/messages/batches /v1/organizations /../v1/sessions /v1/%2e%2e/sessions /internal/link /v1/models; do echo "$path $(curl -s -o /dev/null -w "%{http_code}" --path-as-is --unix-socket "$sock" "http://model.internal$path")"; done',
      'echo "smuggled $(curl -s -o /dev/null -w "%{http_code}" --unix-socket "$sock" -H "Authorization: Bearer other" -H "x-api-key: mine" http://model.internal/v1/models)"',
    ].join('; '),
  );
  expect(found).toMatch(/\/v1\/models 200/);
  expect(found).toMatch(/smuggled 200/);
  for (const path of ['/v1/files', '/v1/messages/batches', '/v1/organizations', '/../v1/sessions', '/v1/%2e%2e/sessions', '/internal/link'])
    expect(found).toMatch(new RegExp(`${path.replaceAll('.', '\\.')} 40[04]`));
  expect(system.model.requests.some((request) => request.headers['x-api-key'] === 'mine')).toBe(false);
});

test('the host shows it nowhere either: command lines, logs, the files of the data directory', async () => {
  await inside('true');
  expect(processes().filter(({ command }) => command.includes(key))).toEqual([]);
  expect(system.output).not.toContain(key);
  for (const file of ['ai-sessions.db', 'ai-sessions.db-wal']) expect(readFileSync(`${system.dataDir}/${file}`).includes(key)).toBe(false);
});
