import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(options: Parameters<typeof System.start>[0] = {}): Promise<{ system: System; user: User }> {
  const system = await System.start(options);
  cleanups.push(() => system[Symbol.asyncDispose]());
  return { system, user: await system.user() };
}

const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq);
const contiguous = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

// Only root may mount a disk of its own.
describe.skipIf(process.getuid?.() !== 0)('a full disk under the database (needs root, to mount a small one)', () => {
  test('writes are refused with `unavailable`, nothing acknowledged is lost, and all goes on when there is room', async () => {
    const disk = mkdtempSync(path.join(tmpdir(), 'small disk '));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]);
    cleanups.push(() => {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    });
    const { system, user } = await start({ dataDir: disk });
    const { id } = await user.createSession();
    const viewer = await user.view(id, { deltas: true });
    viewer.prompt(script({ text: 'before' }), 'before');
    await viewer.result();

    const filler = path.join(disk, 'filler');
    const fill = () => {
      const fd = openSync(filler, 'w');
      try {
        for (;;) writeSync(fd, Buffer.alloc(4096));
      } catch {
        closeSync(fd);
      }
    };
    // In the middle of an answer, so that the runner has something to tell that nobody can take.
    viewer.prompt(script({ text: 'word '.repeat(200), chunk: 5, chunk_delay_ms: 20 }), 'during');
    await viewer.frame('prompt_status', ({ payload }) => payload.client_msg_id === 'during' && payload.status === 'started');
    fill();
    await until(async () => {
      const { status, body } = await user.call('PATCH', `/v1/sessions/${id}`, { name: `n${'x'.repeat(150)}${Math.random()}` });
      return status === 503 && body['error'] === 'unavailable';
    });
    await until(async () => (await fetch(`${system.url}/readyz`)).status === 503);
    const after = await user.view(id);
    after.prompt(`echo ${'y'.repeat(100_000)}`, 'refused');
    await after.frame('error', ({ payload }) => payload.client_msg_id === 'refused' && payload.code === 'unavailable');
    // Reading goes on.
    expect((await user.history(id)).length).toBeGreaterThan(5);
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200);

    rmSync(filler);
    await system.ready();
    await until(async () => (await user.history(id)).filter((event) => event.type === 'result').length >= 2);
    const last = await user.view(id);
    last.prompt(script({ text: 'after' }), 'refused');
    await last.result(3);
    expect(last.text()).toContain('after');
    const history = await user.history(id);
    expect(seqs(history)).toEqual(contiguous(history.length));
    // What was told to a viewer is what the log has.
    const told = viewer.events.map((event) => JSON.stringify(event));
    expect(history.slice(0, told.length).map((event) => JSON.stringify(event))).toEqual(told);
    expect(history.filter((event) => event.type === 'result')).toHaveLength(3);
  });
});

test('the writer thread of the database dies: the server ends and another takes over', async () => {
  const { system, user } = await start({ env: { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' } });
  const { id } = await user.createSession();
  const viewer = await user.view(id);
  viewer.prompt(script({ text: 'before' }));
  await viewer.result();
  const pid = system.pid('server');
  const debuggerGone = await killWriterThread(system, pid);
  expect(await viewer.closed()).toBe(1012);
  // A process does not end while it is being debugged.
  debuggerGone();
  await until(() => {
    try {
      return system.pid('server') !== pid;
    } catch {
      return false;
    }
  });
  await system.ready();
  const again = await user.view(id);
  again.prompt(script({ text: 'and after' }));
  await again.result(2);
  expect(seqs(again.events)).toEqual(contiguous(again.events.length));
});

/** Ends the only worker thread of the process from inside, through Node's inspector. */
async function killWriterThread(system: System, pid: number): Promise<() => void> {
  const from = system.output.length;
  process.kill(pid, 'SIGUSR1');
  const address = () => /Debugger listening on (ws:\S+)/.exec(system.output.slice(from))?.[1];
  await until(() => address() !== undefined);
  const socket = new WebSocket(address() ?? '');
  await new Promise((resolve) => socket.once('open', resolve));
  let next = 1;
  const send = (method: string, params: object) => socket.send(JSON.stringify({ id: next++, method, params }));
  socket.on('message', (data: Buffer) => {
    const { method, params } = JSON.parse(data.toString()) as { method?: string; params?: { sessionId?: string } };
    if (method !== 'NodeWorker.attachedToWorker') return;
    const expression = 'process.exit(3)';
    const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
    send('NodeWorker.sendMessageToWorker', { sessionId: params?.sessionId, message });
  });
  send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return () => socket.terminate();
}
