import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, Viewer, script } from '../harness/user.ts';

let system: System;
let ada: User;
let bob: User;
let live: string;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_LIMITS: JSON.stringify({ ws_messages_per_second: 20, prompts_per_minute: 5 }) } });
  [ada, bob] = [await system.user('ada@example.com'), await system.user('bob@example.com')];
  live = (await ada.createSession()).id;
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

/** Asks for an upgrade and gives the HTTP answer: 101, or a refusal with its body. */
function upgrade(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; error: unknown; protocol: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request(system.url + path, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, error: null, protocol: response.headers['sec-websocket-protocol'] });
    });
    asked.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, error: (JSON.parse(text) as { error: string }).error, protocol: undefined }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the upgrade', () => {
  test('is refused to a page of another site, whatever token it has; programs and our own page are let in', async () => {
    const path = `/v1/sessions/${live}/ws?token=${ada.token}`;
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000', `${system.url}.evil.example`])
      expect(await upgrade(path, { origin })).toMatchObject({ status: 403, error: 'forbidden' });
    expect(await upgrade(`/v1/sessions/${live}/terminal?token=${ada.token}`, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    expect(await upgrade(path, { origin: system.url })).toMatchObject({ status: 101 });
    expect(await upgrade(path)).toMatchObject({ status: 101 });
  });

  test('takes the token from the header, the query or the subprotocol, on both paths', async () => {
    for (const path of [`/v1/sessions/${live}/ws`, `/v1/ws/sessions/${live}`]) {
      expect(await upgrade(path, { authorization: `Bearer ${ada.token}` })).toMatchObject({ status: 101 });
      expect(await upgrade(`${path}?token=${ada.token}`)).toMatchObject({ status: 101 });
      expect(await upgrade(path, { 'sec-websocket-protocol': `access_token, ${ada.token}` })).toMatchObject({
        status: 101,
        protocol: 'access_token',
      });
    }
  });

  test.each([
    ['no token', () => `/v1/sessions/${live}/ws`, 401, 'unauthorized'],
    ['a bad token', () => `/v1/sessions/${live}/ws?token=abc`, 401, 'unauthorized'],
    ['another user’s session', () => `/v1/sessions/${live}/ws?token=${bob.token}`, 403, 'forbidden'],
    ['an organisation’s session', () => `/v1/ws/org/sessions/${live}?token=${ada.token}`, 403, 'forbidden'],
    ['an unknown session', () => `/v1/sessions/ses_unknown/ws?token=${ada.token}`, 404, 'not_found'],
    ['no session at all', () => `/v1/nowhere?token=${ada.token}`, 404, 'not_found'],
    ['a bad after_seq', () => `/v1/sessions/${live}/ws?token=${ada.token}&after_seq=-1`, 400, 'invalid_request'],
    ['an unknown parameter', () => `/v1/sessions/${live}/ws?token=${ada.token}&aftersq=1`, 400, 'invalid_request'],
    ['the runners’ door', () => `/internal/link?token=${ada.token}`, 401, 'unauthorized'],
  ])('refuses %s', async (_, path, status, error) => {
    expect(await upgrade(path())).toMatchObject({ status, error });
  });

  test('an expired token is refused; a socket whose token runs out closes with 4001', async () => {
    const short = await system.token('ada@example.com', 1);
    const viewer = await Viewer.open(`${system.url.replace('http', 'ws')}/v1/sessions/${live}/ws?token=${short}`);
    expect(await viewer.closed()).toBe(4001);
    await until(async () => (await upgrade(`/v1/sessions/${live}/ws?token=${short}`)).status === 401);
  });
});

describe('what a client sends', () => {
  test.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no type', '{"payload":{}}'],
    ['an unknown type', '{"type":"promt","payload":{"text":"x"}}'],
    ['an unknown field', '{"type":"prompt","payload":{"text":"x","txt":"y"}}'],
    ['an unknown field beside the payload', '{"type":"heartbeat","extra":1}'],
    ['an empty prompt', '{"type":"prompt","payload":{"text":""}}'],
    ['a prompt without payload', '{"type":"prompt"}'],
    ['a number for a text', '{"type":"prompt","payload":{"text":1}}'],
  ])('%s is refused and the connection stays', async (_, text) => {
    const viewer = await ada.view(live);
    viewer.socket.send(text);
    expect((await viewer.frame('error')).payload.code).toBe('invalid_message');
    viewer.send('heartbeat');
    await viewer.frame('heartbeat');
    viewer.close();
  });

  test('a binary message is refused, one over 1 MB closes with 1009', async () => {
    const viewer = await ada.view(live);
    viewer.socket.send(Buffer.from('{"type":"heartbeat"}'), { binary: true });
    expect((await viewer.frame('error')).payload.code).toBe('invalid_message');
    viewer.socket.send('x'.repeat(1_048_577));
    expect(await viewer.closed()).toBe(1009);
  });

  test('an approval, question or prompt that is not there is not found', async () => {
    const viewer = await ada.view(live);
    viewer.send('tool_approval_response', { tool_use_id: 'toolu_none', approved: true });
    viewer.send('ask_user_question_response', { question_id: 'qst_none', answers: {} });
    viewer.send('cancel_prompt', { prompt_id: 'pmt_none' });
    await until(() => viewer.frames.filter((frame) => frame.type === 'error').length === 3);
    expect(viewer.frames.flatMap((frame) => (frame.type === 'error' ? [frame.payload.code] : []))).toEqual([
      'not_found',
      'not_found',
      'not_found',
    ]);
    viewer.close();
  });

  test('over a limit the message is refused with when to try again, and the connection stays', async () => {
    const { id } = await bob.createSession();
    const viewer = await bob.view(id);
    for (let n = 0; n < 30; n++) viewer.send('heartbeat');
    const refused = await viewer.frame('error');
    expect(refused.payload.code).toBe('rate_limited');
    expect(refused.payload.retry_after_ms).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (let n = 0; n < 7; n++) viewer.prompt(script({ text: 'x' }), `p${n}`);
    await viewer.frame('error', ({ payload }) => payload.client_msg_id === 'p5' && payload.code === 'rate_limited');
    expect(viewer.closeCode).toBeNull();
    viewer.close();
  });
});

describe('history', () => {
  test('comes in frames under 256 KiB; a larger event travels alone; after_seq continues', async () => {
    const { id } = await ada.createSession();
    const viewer = await ada.view(id);
    const sizes = [1000, 300_000, 1000, 90_000, 90_000, 90_000];
    for (const [index, size] of sizes.slice(0, 5).entries())
      viewer.prompt(script({ text: `${index}`.repeat(size), chunk: 5000 }), `p${index}`);
    await viewer.result(5);
    viewer.close();
    const late = await ada.view(id);
    await late.frame('session_status');
    const histories = late.frames.flatMap((frame) => (frame.type === 'history' ? [frame] : []));
    expect(histories.length).toBeGreaterThan(1);
    expect(histories.map((frame) => frame.payload.more)).toEqual([...histories.slice(1).map(() => true), false]);
    for (const frame of histories)
      if (frame.payload.messages.length > 1) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(256 * 1024);
    const middle = late.events[Math.floor(late.events.length / 2)]?.seq ?? 0;
    const rest = await ada.view(id, { afterSeq: middle });
    await rest.frame('session_status');
    expect(rest.events.map((event) => event.seq)).toEqual(late.events.map((event) => event.seq).filter((seq) => seq > middle));
    expect(await ada.history(id)).toEqual(late.events);
    late.close();
    rest.close();
  });

  test('of an ended session: all of it, session_end once more, 4100', async () => {
    const { id } = await ada.createSession();
    await ada.sessionBecomes(id, { status: 'running' });
    await ada.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    const viewer = await ada.view(id);
    expect(await viewer.closed()).toBe(4100);
    const ends = viewer.events.filter((event) => event.type === 'session_end');
    expect(ends).toHaveLength(2);
    expect(ends[0]?.seq).toBe(ends[1]?.seq);
    expect(viewer.frames.at(-1)?.type).toBe('session_end');
  });

  test('a viewer that does not read is closed with 4008 and holds nobody back', async () => {
    const { id } = await ada.createSession({ permission_mode: 'bypassPermissions' });
    const slow = new WebSocket(`${system.url.replace('http', 'ws')}/v1/sessions/${id}/ws?token=${ada.token}&deltas=1`);
    await new Promise((resolve) => slow.once('open', resolve));
    slow.pause();
    const fast = await ada.view(id);
    for (let n = 0; n < 5; n++) fast.prompt(script({ deltas: { count: 1500, per_second: 10_000, size: 1000 } }));
    await fast.result(5);
    const code = new Promise<number>((resolve) => slow.once('close', resolve));
    slow.resume();
    expect([4008, 1006]).toContain(await code);
    expect(fast.closeCode).toBeNull();
    fast.close();
  });
});
