import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes } from '@ai-sessions/protocol';
import { WebSocket } from 'ws';
import { System, processes } from '../harness/system.ts';
import { Terminal } from '../harness/terminal.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';

let system: System;
let user: User;
let id: string;

beforeAll(async () => {
  system = await System.start();
  user = await system.user();
  ({ id } = await user.createSession({ environment: { GREETING: 'of the session' } }));
  await user.sessionBecomes(id, { status: 'running' });
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

const upgradeStatus = (url: string, headers: Record<string, string> = {}) =>
  new Promise<number>((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => {
      resolve(101);
      socket.close();
    });
    socket.on('error', () => {});
  });

describe('a shell in the sandbox of a session', () => {
  test('is a real terminal, in the workspace, as the sandbox’s user, and holds no key', async () => {
    const terminal = await Terminal.open(user, id, { terminal: 'real', cols: 100, rows: 30 });
    expect(terminal.all('opened')[0]?.payload).toMatchObject({ terminal: 'real', created: true, offset: 0, terminals: ['real'] });
    terminal.type('tty; whoami; pwd; stty size; echo "$GREETING" $TERM; history 1 >/dev/null && echo job $-\r');
    await terminal.shows(/\/dev\/pts\/\d+\s+agent\s+\/workspace\s+30 100\s+of the session xterm-256color\s+job \S*i\S*m/);
    terminal.type('env | grep -ci -e sk-ant -e ANTHROPIC; echo keys counted\r');
    await terminal.shows(/\n0\nkeys counted/);
    terminal.type('exit 7\r');
    expect(await terminal.closed()).toBe(closeCodes.shellEnded);
    expect(terminal.all('exit')[0]?.payload).toEqual({ exit_code: 7 });
    expect(terminal.faults).toEqual([]);
  });

  test('sees the files of Claude, and Claude its', async () => {
    const terminal = await Terminal.open(user, id, { terminal: 'files' });
    terminal.type('echo written-by-hand > shared.txt\r');
    const viewer = await user.view(id);
    viewer.prompt(
      script(
        { tools: [{ name: 'Bash', input: { command: 'cat shared.txt', description: 'a test' } }] },
        { text: 'read {{last_tool_result}}' },
      ),
    );
    await viewer.result();
    expect(viewer.text()).toContain('read written-by-hand');
    viewer.close();
    terminal.close();
  });

  test('Ctrl-C ends what runs, also in the middle of a flood, and the session’s events go on meanwhile', async () => {
    const terminal = await Terminal.open(user, id, { terminal: 'flood', window: 131_072 });
    terminal.type('sleep 1000\r');
    await terminal.shows('sleep 1000');
    terminal.type('\u0003');
    terminal.type('yes\r');
    await until(() => terminal.received > 2_000_000);
    const viewer = await user.view(id);
    viewer.prompt(script({ text: 'answered meanwhile' }));
    await viewer.result(2);
    expect(viewer.text()).toContain('answered meanwhile');
    terminal.type('\u0003');
    terminal.type('echo after-$((40+2))\r');
    await terminal.shows('after-42');
    viewer.close();
    terminal.close();
    expect(terminal.faults).toEqual([]);
  });

  test('several viewers see the same, in one size; one who comes late sees what there was', async () => {
    const first = await Terminal.open(user, id, { terminal: 'shared', cols: 80, rows: 24 });
    first.type('echo from-the-first\r');
    await first.shows(/\nfrom-the-first/);
    const second = await Terminal.open(user, id, { terminal: 'shared', cols: 60, rows: 20 });
    expect(second.all('opened')[0]?.payload.created).toBe(false);
    await second.shows(/\nfrom-the-first/);
    await until(() => first.all('size').some(({ payload }) => payload.cols === 60 && payload.rows === 20));
    second.type('stty size\r');
    await first.shows(/\n20 60/);
    first.send('resize', { cols: 90, rows: 33 });
    await until(() => second.all('size').some(({ payload }) => payload.cols === 90));
    first.type('stty size\r');
    await second.shows(/\n33 90/);
    first.close();
    second.close();
  });

  test('a full-screen program draws its screen, anew in a new size, and leaves it again', async () => {
    const terminal = await Terminal.open(user, id, { terminal: 'full', cols: 80, rows: 24 });
    terminal.type('seq -f line-%g 1 500 > lines.txt; less -S lines.txt\r');
    await until(
      () => terminal.screen().startsWith('line-1\n') && terminal.screen().includes('line-23'),
      () => terminal.screen(),
    );
    terminal.type('G');
    await until(
      () => terminal.screen().includes('line-500') && !terminal.screen().includes('line-23\n'),
      () => terminal.screen(),
    );
    terminal.send('resize', { cols: 40, rows: 10 });
    await until(
      () => /^line-478\n[^]*\nline-486\n:$/.test(terminal.screen()),
      () => terminal.screen(),
    );
    // Who comes now gets the same picture, though its beginning is the alternate screen's.
    const late = await Terminal.open(user, id, { terminal: 'full', cols: 40, rows: 10 });
    await until(
      () => late.screen() === terminal.screen(),
      () => `${late.screen()}\n---\n${terminal.screen()}`,
    );
    terminal.type('q');
    terminal.type('echo left-less\r');
    await terminal.shows(/\nleft-less/);
    expect(terminal.screen()).not.toContain('line-500');
    late.close();
    terminal.close();
  });

  test('at most four shells, and only for its owner', async () => {
    // Those of the tests above live on: real has ended.
    const open = ['files', 'flood', 'shared', 'full'];
    const again = await Terminal.open(user, id, { terminal: 'files' });
    expect(again.all('opened')[0]?.payload.terminals.toSorted()).toEqual(open.toSorted());
    const fifth = await Terminal.open(user, id, { terminal: 'fifth' });
    expect(fifth.all('error')[0]?.payload).toMatchObject({ code: 'rate_limited' });
    expect(await fifth.closed()).toBe(closeCodes.tryAgain);
    const address = `${system.url.replace('http', 'ws')}/v1/sessions/${id}/terminal`;
    const eve = await system.user('eve@example.com');
    expect(await upgradeStatus(address)).toBe(401);
    expect(await upgradeStatus(address, { authorization: `Bearer ${eve.token}` })).toBe(403);
    expect(await upgradeStatus(`${address}?terminal=../x`, { authorization: `Bearer ${user.token}` })).toBe(400);
    expect(await upgradeStatus(`${system.url.replace('http', 'ws')}/internal/terminals/x`, { authorization: `Bearer ${user.token}` })).toBe(
      401,
    );
    for (const terminal of open) {
      const ended = await Terminal.open(user, id, { terminal });
      ended.type('exit\r');
      await ended.closed();
    }
    again.close();
  });
});

test('a server killed in the middle of a command: the shell goes on, and nothing of its output is missing', async () => {
  const before = await Terminal.open(user, id, { terminal: 'main' });
  before.type('for n in $(seq 1 60); do echo tick-$n-; sleep 0.1; done; echo all-$((1+1))-done\r');
  await before.shows('tick-5-');
  await system.kill('server');
  await before.closed();
  await system.ready();
  const { offset } = before;
  const after = await Terminal.open(user, id, { terminal: 'main', after: offset });
  expect(after.all('opened')[0]?.payload).toMatchObject({ created: false, offset, restore: '' });
  await after.shows('all-2-done');
  const all = before.text() + after.text();
  for (let n = 1; n <= 60; n++) expect(all).toContain(`tick-${n}-`);
  after.close();
});

test('a terminal in use keeps its session awake; closed it sleeps, which ends the shell; opening one wakes it', async () => {
  await using sleepy = await System.start({ env: { AI_SESSIONS_IDLE_TIMEOUT: '3s' } });
  const owner = await sleepy.user();
  const session = await owner.createSession();
  await owner.sessionBecomes(session.id, { status: 'running' });
  const terminal = await Terminal.open(owner, session.id);
  for (let n = 0; n < 16; n++) {
    terminal.type(`echo used-${n}-\r`);
    await terminal.shows(new RegExp(`\\nused-${n}-`));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect((await owner.session(session.id)).activity).toBe('idle');
  terminal.type('sleep 12345 & \r');
  await until(() => processes().some(({ command }) => command === 'sleep 12345'));
  // Open and unused it does not.
  expect(await terminal.closed()).toBe(closeCodes.shellEnded);
  await owner.sessionBecomes(session.id, { activity: 'hibernated' });
  await until(() => !processes().some(({ command }) => command === 'sleep 12345'));
  const back = await Terminal.open(owner, session.id, { after: terminal.offset });
  expect(await back.closed()).toBe(closeCodes.shellEnded);
  expect((await owner.session(session.id)).activity).toBe('hibernated');
  const anew = await Terminal.open(owner, session.id);
  expect(anew.all('opened')[0]?.payload.created).toBe(true);
  anew.type('echo awake-$((20+2))\r');
  await anew.shows('awake-22');
  await owner.call('DELETE', `/v1/sessions/${session.id}`, undefined, 200);
  expect(await anew.closed()).toBe(closeCodes.shellEnded);
  const late = await Terminal.open(owner, session.id);
  expect(late.all('error')[0]?.payload).toMatchObject({ code: 'session_not_running' });
  expect(await late.closed()).toBe(closeCodes.sessionEnded);
});
