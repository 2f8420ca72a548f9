import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EverythingServer, everythingInOneFile, freePort, recordingProxy, silentServer } from '../harness/mcp-servers.ts';
import { processes, System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script } from '../harness/user.ts';

let system: System;
let user: User;
let everything: string;

beforeAll(async () => {
  [system, everything] = await Promise.all([System.start({ env: { AI_SESSIONS_EGRESS_ALLOW: '127.0.0.1' } }), everythingInOneFile()]);
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

async function opened(mcp_servers: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<{ id: string; viewer: Viewer }> {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions', mcp_servers, ...more });
  return { id, viewer: await user.view(id) };
}

async function statusOf(id: string, name: string): Promise<{ status: string; error: string | null } | undefined> {
  return (await user.session(id)).mcp_servers.find((server) => server.name === name);
}

async function becomes(id: string, name: string, status: string): Promise<void> {
  await until(
    async () => (await statusOf(id, name))?.status === status,
    () => `${name} did not become ${status}`,
  );
}

const call = (server: string, tool: string, input: object = {}) => ({ name: `mcp__${server}__${tool}`, input });
const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a test' } });
const said = { text: 'it said {{last_tool_result}}' };
const results = (viewer: Viewer) => viewer.events.flatMap((event) => (event.type === 'tool_result' ? [event.payload] : []));
const nodeProgram = (env: Record<string, string> = {}) => ({
  type: 'stdio',
  command: 'node',
  args: ['/workspace/uploads/everything.mjs', 'stdio'],
  env,
});

async function upload(id: string, filename: string, text: string): Promise<void> {
  const asked = { filename, content_type: 'text/javascript', size: Buffer.byteLength(text) };
  const { body } = await user.call('POST', `/v1/io/sessions/${id}/upload`, asked, 200);
  await fetch(String(body['upload_url']), { method: 'PUT', body: text, headers: { 'content-type': 'text/javascript' } });
  await user.call('POST', `/v1/io/sessions/${id}/upload/complete`, { upload_id: body['upload_id'] }, 200);
}

describe('a program in the sandbox', () => {
  const secret = 'stdio-secret-5501';

  test('is told to be missing, and works once it is there; its variables are nobody else’s', { timeout: 240_000 }, async () => {
    const { id, viewer } = await opened({
      everything: nodeProgram({ API_TOKEN: secret, REGION: 'eu-west-9' }),
      nothing: { type: 'stdio', command: 'no-such-program', env: { API_TOKEN: secret } },
    });
    const { payload } = await viewer.frame('system', (frame) => frame.payload.subtype === 'mcp_status');
    expect(payload).toMatchObject({
      mcp_servers: [
        { name: 'everything', status: 'failed', error: expect.stringContaining('exited with code 1') },
        { name: 'nothing', status: 'failed', error: expect.stringContaining('no-such-program') },
      ],
    });
    await upload(id, 'everything.mjs', everything);
    viewer.prompt(script(said));
    await becomes(id, 'everything', 'connected');
    viewer.prompt(
      script(
        { tools: [call('everything', 'get-sum', { a: 2, b: 40 })] },
        { tools: [call('everything', 'get-env')] },
        { tools: [call('everything', 'get-tiny-image')] },
        { tools: [call('everything', 'trigger-long-running-operation', { duration: 2, steps: 4 })] },
        { tools: [call('everything', 'get-roots-list')] },
        {
          tools: [
            bash(`cat /proc/[0-9]*/environ | tr '\\0' '\\n'; ps axe; grep -rs stdio-secret /workspace /home /tmp /run | cut -c1-200`),
          ],
        },
        { text: 'done' },
      ),
    );
    await viewer.result(2);
    const [sum, env, image, long, roots, seen] = results(viewer).slice(-6);
    expect(JSON.stringify(sum?.content)).toContain('42');
    expect(JSON.stringify(env?.content)).toContain('eu-west-9');
    expect(JSON.stringify(env?.content)).toMatch(/API_TOKEN[^,]*\*\*\*/);
    expect(JSON.stringify(image?.content)).toContain('"type":"image"');
    expect(JSON.stringify(long?.content)).toContain('Long running operation completed');
    expect(JSON.stringify(roots?.content)).toContain('file:///workspace');
    expect(JSON.stringify(seen?.content)).toContain('PATH=');
    for (const result of results(viewer)) expect(JSON.stringify(result)).not.toContain('ANTHROPIC_API_KEY=sk-ant-test');
    expect(JSON.stringify(await user.history(id))).not.toContain(secret);
    expect(JSON.stringify(processes())).not.toContain(secret);
    expect(system.output).not.toContain(secret);
  });

  test('that does not answer holds up nobody, and ends with the session', async () => {
    const { id, viewer } = await opened({ hangs: { type: 'stdio', command: 'sleep', args: ['98765'] } });
    viewer.prompt(script({ text: 'hello' }));
    expect(await viewer.result()).toMatchObject({ subtype: 'success' });
    expect(await statusOf(id, 'hangs')).toMatchObject({ status: 'pending' });
    const asleep = () => processes().filter(({ command }) => command === 'sleep 98765');
    expect(asleep()).not.toHaveLength(0);
    await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    await until(() => asleep().length === 0);
  });
});

describe.each(['streamableHttp', 'sse'] as const)('a server over %s', (kind) => {
  const type = kind === 'sse' ? 'sse' : 'http';

  test('is reached with its headers from outside of the sandbox, where nobody finds them', async () => {
    await using server = await EverythingServer.start(kind);
    await using proxy = await recordingProxy(server.port);
    const secret = `Bearer ${type}-secret-7702`;
    const url = server.url.replace(String(server.port), String(proxy.port));
    const { id, viewer } = await opened({ web: { type, url, headers: { Authorization: secret, 'X-Team': 'blue-team-1' } } });
    await becomes(id, 'web', 'connected');
    viewer.prompt(
      script(
        { tools: [call('web', 'echo', { message: 'hello' })] },
        { tools: [call('web', 'get-tiny-image')] },
        { tools: [call('web', 'trigger-long-running-operation', { duration: 1, steps: 2 })] },
        { tools: [call('web', 'get-sum', { a: 'x' })] },
        {
          tools: [
            bash(`curl -sS -m 5 ${url}; env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline; grep -rs ${type}-sec[r]et /home /tmp /run`),
          ],
        },
        said,
      ),
    );
    await viewer.result();
    expect(proxy.seen.length).toBeGreaterThan(3);
    for (const headers of proxy.seen) expect(headers).toMatchObject({ authorization: secret, 'x-team': 'blue-team-1' });
    const [echo, image, long, invalid, seen] = results(viewer);
    expect(JSON.stringify(echo?.content)).toContain('Echo: hello');
    expect(JSON.stringify(image?.content)).toContain('"type":"image"');
    expect(JSON.stringify(long?.content)).toContain('Long running operation completed');
    expect(invalid).toMatchObject({ is_error: true });
    expect(JSON.stringify(seen?.content)).toMatch(/curl: \(\d+\)/);
    expect(JSON.stringify(await user.history(id))).not.toContain('secret-7702');
    expect(system.output).not.toContain('secret-7702');
    expect(JSON.stringify(processes())).not.toContain('secret-7702');
  });

  test('that comes up late or is restarted is connected by itself', { timeout: 240_000 }, async () => {
    const port = await freePort();
    const path = kind === 'sse' ? 'sse' : 'mcp';
    const { id, viewer } = await opened({ late: { type, url: `http://127.0.0.1:${port}/${path}` } });
    await viewer.frame('system', ({ payload }) => payload.subtype === 'mcp_status' && JSON.stringify(payload).includes('refused'));
    expect(await statusOf(id, 'late')).toEqual({ name: 'late', status: 'failed', error: expect.stringMatching(/refused/) });
    // A turn that began without it gets its tools while it runs.
    viewer.prompt(
      script(
        { tools: [bash('until [ -e /workspace/uploads/go ]; do sleep 0.2; done')] },
        { tools: [call('late', 'echo', { message: 'one' })] },
        said,
      ),
    );
    await viewer.frame('tool_use');
    await using server = await EverythingServer.start(kind, port);
    await becomes(id, 'late', 'connected');
    await upload(id, 'go', 'x');
    await viewer.result();
    expect(viewer.text()).toContain('Echo: one');
    await server.kill();
    await becomes(id, 'late', 'failed');
    viewer.prompt(script({ tools: [call('late', 'echo', { message: 'two' })] }, said));
    await viewer.result(2);
    expect(results(viewer).at(-1)).toMatchObject({ is_error: true });
    await server.start();
    viewer.prompt(script({ tools: [call('late', 'echo', { message: 'three' })] }, said));
    await viewer.result(3);
    expect(viewer.text()).toContain('Echo: three');
    await becomes(id, 'late', 'connected');
  });
});

test('a server that accepts and never answers, one that is not there: the first turn does not wait for them', async () => {
  await using silent = await silentServer();
  const { id, viewer } = await opened({
    silent: { type: 'http', url: `http://127.0.0.1:${silent.port}/mcp` },
    silent_sse: { type: 'sse', url: `http://127.0.0.1:${silent.port}/sse` },
    refused: { type: 'http', url: `http://127.0.0.1:${await freePort()}/mcp` },
    nowhere: { type: 'http', url: 'http://name.invalid/mcp' },
  });
  viewer.prompt(script({ text: 'hello' }));
  expect(await viewer.result()).toMatchObject({ subtype: 'success', result: 'hello' });
  // How soon a name is known to be nowhere is the name server's affair.
  for (const name of ['refused', 'nowhere']) await becomes(id, name, 'failed');
  const { mcp_servers, mcp_server_names } = await user.session(id);
  expect(mcp_server_names).toEqual(['silent', 'silent_sse', 'refused', 'nowhere']);
  expect(mcp_servers).toMatchObject([
    { name: 'silent', status: 'pending' },
    { name: 'silent_sse', status: 'pending' },
    { name: 'refused', status: 'failed' },
    { name: 'nowhere', status: 'failed' },
  ]);
});

test('tool rules hold: denied, allowed, asked, and for subagents', async () => {
  await using server = await EverythingServer.start('streamableHttp');
  const { viewer } = await opened(
    { web: { type: 'http', url: server.url } },
    { permission_mode: 'acceptEdits', denied_tools: ['mcp__web__get-env'], allowed_tools: ['mcp__web__echo', 'Agent'] },
  );
  const sub = script({ tools: [call('web', 'get-env')] }, { text: 'sub: {{last_tool_result}}' });
  const agent = { name: 'Agent', input: { description: 'sub', prompt: sub, subagent_type: 'general-purpose', run_in_background: false } };
  viewer.prompt(
    script(
      { tools: [call('web', 'echo', { message: 'free' })] },
      { tools: [call('web', 'get-env')] },
      { tools: [agent] },
      { tools: [call('web', 'get-sum', { a: 1, b: 1 })] },
      { text: 'end' },
    ),
  );
  const { payload } = await viewer.frame('tool_approval_request');
  expect(payload.tool_name).toBe('mcp__web__get-sum');
  viewer.send('tool_approval_response', { tool_use_id: payload.tool_use_id, approved: true });
  await viewer.result();
  const refused = viewer.events.filter((event) => event.type === 'tool_result' && event.payload.is_error);
  expect(refused).toHaveLength(2);
  expect(refused.some(({ parent_tool_use_id }) => parent_tool_use_id !== undefined)).toBe(true);
  expect(JSON.stringify(results(viewer))).toContain('Echo: free');
});

test('after a crash and after sleep it is connected again', async () => {
  await using server = await EverythingServer.start('streamableHttp');
  await user.endAll();
  const { id, viewer } = await opened({ web: { type: 'http', url: server.url } });
  viewer.prompt(script({ tools: [call('web', 'echo', { message: 'before' })] }, said));
  await viewer.result();
  system.killClaude();
  await viewer.frame('system', ({ payload }) => payload.subtype === 'recovered');
  viewer.prompt(script({ tools: [call('web', 'echo', { message: 'after' })] }, said));
  await viewer.result(2);
  expect(viewer.text()).toContain('Echo: after');
  await system.kill('runner');
  await system.ready();
  await user.sessionBecomes(id, { status: 'running' });
  viewer.prompt(script({ tools: [call('web', 'echo', { message: 'elsewhere' })] }, said));
  await viewer.result(3);
  expect(viewer.text()).toContain('Echo: elsewhere');
});

describe('POST /v1/mcp/test', () => {
  const tryOut = async (server: unknown, more: object = {}, expected = 200) =>
    (await user.call('POST', '/v1/mcp/test', { server, ...more }, expected)).body;

  test('tells the tools, or what is wrong', async () => {
    await using server = await EverythingServer.start('streamableHttp');
    const found = await tryOut({ type: 'http', url: server.url });
    expect(found).toMatchObject({ status: 'connected', error: null, server: { name: 'mcp-servers/everything' } });
    expect((found['tools'] as { name: string }[]).map(({ name }) => name)).toContain('echo');
    expect(await tryOut({ type: 'http', url: `http://127.0.0.1:${await freePort()}/mcp` })).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('refused'),
      tools: [],
    });
    expect(
      await tryOut({ type: 'http', url: `${system.url}/v1/profiles`, headers: { Authorization: 'Bearer wrong-token-1' } }),
    ).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('HTTP 401'),
    });
    expect(
      await tryOut({ type: 'stdio', command: 'sh', args: ['-c', 'echo no key for $TOKEN >&2; exit 3'], env: { TOKEN: 'tried-secret-9' } }),
    ).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/exited with code 3: no key for \*\*\*/),
    });
  });

  test('takes masked values from the profile', async () => {
    await using server = await EverythingServer.start('streamableHttp');
    await using proxy = await recordingProxy(server.port);
    const own = {
      type: 'http',
      url: server.url.replace(String(server.port), String(proxy.port)),
      headers: { 'X-Key': 'profile-secret-3' },
    };
    const { body } = await user.call('POST', '/v1/profiles', { name: 'mcp', mcp_servers: { own } }, 201);
    const { id, mcp_servers } = body['profile'] as { id: string; mcp_servers: Record<string, unknown> };
    expect(await tryOut(mcp_servers['own'], { profile_id: id, name: 'own' })).toMatchObject({ status: 'connected' });
    expect(proxy.seen[0]).toMatchObject({ 'x-key': 'profile-secret-3' });
    expect(await tryOut(mcp_servers['own'], {}, 400)).toMatchObject({ error: 'invalid_request' });
    expect(await tryOut(mcp_servers['own'], { profile_id: 'prf_other', name: 'own' }, 404)).toMatchObject({ error: 'not_found' });
  });
});
