import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EgressEntry } from '@ai-sessions/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script, textOf } from '../harness/user.ts';

type Connection = Extract<EgressEntry, { kind: 'connection' }>;

/** The loopback of a sandbox is its own, and no business of the proxy: here it is to be asked for nevertheless. */
const curl = 'curl -s --noproxy ""';

let system: System;
let user: User;
let web: Server;
let port: number;
/** Answers of `/slow` wait for this. */
let slow = Promise.withResolvers<void>();

beforeAll(async () => {
  web = createServer((request, response) => {
    if (request.url !== '/slow') return void response.end(`${request.method} ${request.url} said the server\n`);
    response.writeHead(200).write('begun\n');
    void slow.promise.then(() => response.end('done\n'));
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  port = (web.address() as AddressInfo).port;
  system = await System.start({
    env: { AI_SESSIONS_EGRESS: 'allowlist', AI_SESSIONS_EGRESS_ALLOW: `127.0.0.1:${port},localhost:${port}` },
  });
  user = await system.user();
});
afterAll(async () => {
  slow.resolve();
  await system?.[Symbol.asyncDispose]();
  web.closeAllConnections();
  web.close();
});

async function open(settings: Record<string, unknown> = {}): Promise<{ id: string; viewer: Viewer }> {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions', ...settings });
  return { id, viewer: await user.view(id) };
}

const bash = (command: string) =>
  script({ tools: [{ name: 'Bash', input: { command, description: 'go out', timeout: 60_000 } }] }, { text: 'done' });

/** Runs a command as a turn of its own and gives what it printed. */
async function run(viewer: Viewer, command: string, turn = 1): Promise<string> {
  viewer.prompt(bash(command));
  await viewer.result(turn);
  const results = viewer.events.flatMap((event) => (event.type === 'tool_result' ? [event.payload.content] : []));
  const content = results.at(-1) ?? '';
  return typeof content === 'string' ? content : content.map((block) => textOf(block)).join('\n');
}

/** All rows of a session, newest first, read page by page. */
async function ledger(id: string, limit = 3): Promise<EgressEntry[]> {
  const entries: EgressEntry[] = [];
  let cursor = '';
  do {
    const { body } = await user.call('GET', `/v1/sessions/${id}/egress?limit=${limit}&cursor=${cursor}`, undefined, 200);
    entries.push(...(body['entries'] as EgressEntry[]));
    cursor = String(body['next_cursor']);
  } while (cursor !== '');
  return entries;
}
const connections = async (id: string) =>
  (await ledger(id)).filter((entry): entry is Connection => entry.kind === 'connection').toReversed();

test('curl goes through the proxy to what is named, is kept from the rest, and all of it is told', async () => {
  const { id, viewer } = await open();
  const printed = await run(
    viewer,
    [
      `${curl} http://localhost:${port}/by-name`,
      `${curl} http://127.0.0.1:${port}/by-address`,
      'curl -s -o /dev/null -w "denied %{http_code}\\n" http://10.1.2.3/',
      'curl -s -o /dev/null -w "tunnel %{http_connect}\\n" https://example.com/; echo "curl $?"',
      'curl -s http://169.254.169.254/latest/meta-data/',
      `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1 | grep -o refused`,
    ].join('; '),
  );
  expect(printed).toContain('GET /by-name said the server');
  expect(printed).toContain('GET /by-address said the server');
  expect(printed).toContain('denied 403');
  expect(printed).toContain('tunnel 403');
  expect(printed).toContain('curl 56');
  expect(printed).toContain('refused');
  // The body of a refusal says what to do, also to a program.
  expect(printed).toContain('allowed_domains');

  const rows = await connections(id);
  expect(rows.map(({ host, verdict, rule }) => [host, verdict, rule])).toEqual([
    ['localhost', 'allowed', `operator: localhost:${port}`],
    ['127.0.0.1', 'allowed', 'operator: 127.0.0.1'],
    ['10.1.2.3', 'denied', 'allowlist'],
    ['example.com', 'denied', 'allowlist'],
    ['169.254.169.254', 'denied', 'allowlist'],
  ]);
  expect(rows[0]).toMatchObject({ via: 'sandbox', port, address: '127.0.0.1', count: 1, error: null });
  expect(rows[0]?.bytes_up).toBeGreaterThan(20);
  expect(rows[0]?.bytes_down).toBeGreaterThan(20);
  const told = viewer.events.flatMap(({ type, payload }) => (type === 'system' && payload.subtype === 'egress_denied' ? [payload] : []));
  expect(told).toHaveLength(3);
  expect(told[1]).toMatchObject({ host: 'example.com', port: 443, message: expect.stringContaining('allowed_domains') });

  // The model calls are in it too, with what they used and nothing that was said.
  const calls = (await ledger(id)).filter((entry) => entry.kind === 'model_call');
  expect(calls).toHaveLength(2);
  expect(Object.keys(calls[0] ?? {}).toSorted()).toEqual([
    'at',
    'cache_creation_input_tokens',
    'cache_read_input_tokens',
    'cost_usd',
    'duration_ms',
    'input_tokens',
    'kind',
    'model',
    'number',
    'output_tokens',
  ]);
  const { usage } = await user.session(id);
  expect(calls.reduce((sum, call) => sum + call.output_tokens, 0)).toBe(usage.output_tokens);

  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  const stranger = await system.user('eve@example.com');
  await stranger.call('GET', `/v1/sessions/${id}/egress`, undefined, 404);
  await user.call('DELETE', `/v1/sessions/${id}/record`, undefined, 200);
  await user.call('GET', `/v1/sessions/${id}/egress`, undefined, 404);
});

test('a session can do without what the operator allows, and cannot reach more', async () => {
  const { id, viewer } = await open({ network: { allowed_domains: ['internal.test', '10.1.2.3'] } });
  const printed = await run(viewer, `${curl} http://localhost:${port}/; ${curl} http://10.1.2.3/; ${curl} http://internal.test/`);
  expect(printed).not.toContain('said the server');
  expect((await connections(id)).map(({ host, verdict, rule, error }) => [host, verdict, rule, error])).toEqual([
    ['localhost', 'denied', 'allowed_domains', null],
    ['10.1.2.3', 'denied', 'address: private', null],
    ['internal.test', 'allowed', 'allowed_domains: internal.test', 'not resolved'],
  ]);
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('WebFetch goes the same way, and nobody is asked about the domain before', async () => {
  const { id, viewer } = await open();
  viewer.prompt(
    script({ tools: [{ name: 'WebFetch', input: { url: 'https://docs.example.org/page', prompt: 'What is there?' } }] }, { text: 'done' }),
  );
  await viewer.result();
  const { payload } = await viewer.frame('tool_result');
  expect(payload.is_error).toBe(true);
  const rows = await connections(id);
  expect(rows.map(({ host, port: asked, verdict }) => [host, asked, verdict])).toEqual([['docs.example.org', 443, 'denied']]);
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('what was reached is neither lost nor doubled when the runner is killed in the midst', async () => {
  const { id, viewer } = await open();
  await run(viewer, `for n in 1 2 3 4 5; do ${curl} http://localhost:${port}/$n; done; curl -s https://example.com/`);
  slow = Promise.withResolvers();
  viewer.prompt(bash(`${curl} -N http://localhost:${port}/slow`));
  await until(
    async () => (await connections(id)).length === 7,
    () => 'the open connection is not in the ledger',
  );
  await system.kill('runner');
  slow.resolve();
  await viewer.result(2);
  viewer.prompt(bash(`${curl} http://localhost:${port}/after`));
  await viewer.result(3);
  const rows = await connections(id);
  const ended = rows.map(({ host, bytes_down }) => [host, bytes_down !== null]);
  // The one that was cut off stays without an end; whether the turn ran its command again is the turn's affair.
  const again = rows.length - 8;
  expect(again).toBeGreaterThanOrEqual(0);
  expect(again).toBeLessThanOrEqual(1);
  expect(ended.slice(0, 7)).toEqual([
    ...Array.from({ length: 5 }, () => ['localhost', true]),
    ['example.com', false],
    ['localhost', false],
  ]);
  expect(ended.at(-1)).toEqual(['localhost', true]);
  expect(rows.map(({ number }) => number)).toEqual([...new Set(rows.map(({ number }) => number))]);
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});
