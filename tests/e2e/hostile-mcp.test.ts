import { afterAll, beforeAll, expect, test } from 'vitest';
import { blackHole, hostileServers } from '../harness/hostile-mcp.ts';
import { EverythingServer } from '../harness/mcp-servers.ts';
import { processes, System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_EGRESS_ALLOW: '127.0.0.1' } });
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

const shell = (program: string) => ({ type: 'stdio', command: 'bash', args: ['-c', program] });

/** How each server ends up, as the session tells it. */
const silent = { status: 'failed', error: expect.stringMatching(/^The (server|host) did not answer\.$/) };
const toolless = { status: 'failed', error: 'The server answered, but did not list its tools.' };
const endless = { status: 'failed', error: 'The server sent a message of more than 32 MiB.' };
const connected = { status: 'connected', error: null };
/** Programs are given longer than a test. */
const pending = { status: 'pending', error: null };
const fates: Readonly<Record<string, unknown>> = {
  good: connected,
  hole: silent,
  hole_sse: silent,
  headers: silent,
  events: silent,
  sse_headers: silent,
  sse_no_answer: silent,
  sse_comments: silent,
  no_tools: toolless,
  pages: toolless,
  tools_once: connected,
  no_prompts: connected,
  endless,
  comments: silent,
  flood: connected,
  stderr: pending,
  lines: pending,
  line: endless,
  sleeps: pending,
};

test(
  'hosts that take no connection, answers that never come or never end, programs that flood: nobody waits for them',
  { timeout: 240_000 },
  async () => {
    await using hole = await blackHole();
    await using hostile = await hostileServers();
    await using good = await EverythingServer.start('streamableHttp');
    const at = (path: string, type = 'http') => ({ type, url: hostile.url(path) });
    const { id } = await user.createSession({
      permission_mode: 'bypassPermissions',
      mcp_servers: {
        good: { type: 'http', url: good.url },
        hole: { type: 'http', url: `http://127.0.0.1:${hole.port}/mcp` },
        hole_sse: { type: 'sse', url: `http://127.0.0.1:${hole.port}/sse` },
        headers: at('/headers'),
        events: at('/events'),
        sse_headers: at('/headers', 'sse'),
        sse_no_answer: at('/sse-no-answer', 'sse'),
        sse_comments: at('/sse-comments', 'sse'),
        no_tools: at('/no-tools'),
        pages: at('/pages'),
        tools_once: at('/tools-once'),
        no_prompts: at('/no-prompts'),
        endless: at('/endless'),
        comments: at('/comments'),
        flood: at('/flood'),
        stderr: shell('while :; do echo a flood of words that nobody reads >&2; done'),
        lines: shell('yes 98761'),
        line: shell('cat /dev/zero'),
        sleeps: shell('sleep 98763'),
      },
    });
    const viewer = await user.view(id);
    viewer.prompt(script({ text: 'hello' }));
    expect(await viewer.result()).toMatchObject({ subtype: 'success', result: 'hello' });
    // The turn was over before those that hang were given up, which is when a turn that waits for them begins.
    expect(viewer.events.some((event) => event.type === 'system' && JSON.stringify(event.payload).includes(toolless.error))).toBe(false);

    const told = async () => {
      const { mcp_servers } = await user.session(id);
      return Object.fromEntries(mcp_servers.map(({ name, status, error }) => [name, { status, error }]));
    };
    await until(
      async () => Object.values(await told()).filter(({ status }) => status === 'pending').length <= 3,
      () => 'those that hang are not given up',
      90_000,
    );
    expect(await told()).toEqual(fates);

    viewer.prompt(script({ tools: [{ name: 'mcp__good__echo', input: { message: 'hi' } }] }, { text: 'it said {{last_tool_result}}' }));
    await viewer.result(2);
    expect(viewer.text()).toContain('Echo: hi');
    // Nor does the rest of the machine's sessions.
    const other = await user.createSession();
    const neighbour = await user.view(other.id);
    neighbour.prompt(script({ text: 'not disturbed' }));
    expect(await neighbour.result()).toMatchObject({ result: 'not disturbed' });

    const left = () => processes().filter(({ command }) => /^(yes 98761|sleep 98763|cat \/dev\/zero)$/.test(command));
    expect(left()).not.toHaveLength(0);
    await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    await until(() => left().length === 0);
  },
);

test('POST /v1/mcp/test says of each what is wrong', { timeout: 120_000 }, async () => {
  await using hole = await blackHole();
  await using hostile = await hostileServers();
  const tried = async (server: object) => (await user.call('POST', '/v1/mcp/test', { server }, 200)).body;
  const at = (path: string, type = 'http') => tried({ type, url: hostile.url(path) });
  const failed = (error: RegExp) => ({ status: 'failed', error: expect.stringMatching(error), tools: [] });
  const late = /^No answer within \d+ seconds\.$/;
  const [holes, headers, events, toolless, flood, message, program] = await Promise.all([
    tried({ type: 'http', url: `http://127.0.0.1:${hole.port}/mcp` }),
    at('/headers'),
    at('/sse-comments', 'sse'),
    at('/no-tools'),
    at('/flood'),
    at('/endless'),
    tried(shell('cat /dev/zero')),
  ]);
  expect(holes).toMatchObject(failed(/^The host did not answer\.$/));
  expect(headers).toMatchObject(failed(late));
  expect(events).toMatchObject(failed(late));
  expect(toolless).toMatchObject(failed(late));
  expect(flood).toMatchObject({ status: 'connected', error: null, tools: [{ name: 'echo', description: 'Says it again' }] });
  // On a busy machine the time may be over before that much has come.
  for (const endless of [message, program]) expect(endless).toMatchObject(failed(/more than 32 MiB|^No answer/));
});
