import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { memoryInUse } from './inspected-memory.ts';
import { descriptors } from './remains.ts';

const cycles = 100;
const sockets = 50;
const warmUpCycles = 10;
/** Far less than what 5,000 forgotten viewers would hold, be it a few hundred bytes of each. */
const spareBytes = 3 * 1024 * 1024;

test('a storm of 100 × 50 reconnects leaves descriptors and memory of the server where they were', async () => {
  await using system = await System.start({ env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } });
  const user = await system.user();
  const { id } = await user.createSession();
  const viewer = await user.view(id);
  viewer.prompt(script({ text: 'something to replay. '.repeat(200) }));
  await viewer.result();
  viewer.close();
  const url = `${system.url.replace('http', 'ws')}/v1/sessions/${id}/ws?deltas=1`;

  /** One viewer: gone before, during or after its replay, politely or not. */
  async function reconnect(nth: number): Promise<void> {
    const socket = new WebSocket(url, ['access_token', user.token], { perMessageDeflate: false });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const live = new Promise((resolve) =>
      socket.on('message', (data) => (data as Buffer).includes('"session_status"') && resolve(undefined)),
    );
    if (nth % 5 === 0) await sleep(nth % 7);
    else await Promise.race([live, closed]);
    if (nth % 2 === 0) socket.terminate();
    else socket.close();
    await closed;
  }
  const storm = async (times: number) => {
    for (let cycle = 0; cycle < times; cycle++) await Promise.all(Array.from({ length: sockets }, (_, nth) => reconnect(nth)));
  };
  const pid = system.pid('server');
  const settled = async () => {
    let files = Number.POSITIVE_INFINITY;
    await until(() => {
      const before = files;
      files = descriptors(pid).files;
      return files === before;
    });
    return { files, memory: await memoryInUse(system.output, pid) };
  };

  await storm(warmUpCycles);
  const before = await settled();
  await storm(cycles);
  // Descriptors of sockets that were closed in the last cycle go with the server's next turn.
  await until(
    () => descriptors(pid).files <= before.files,
    () => `${descriptors(pid).files} open files, before the storm there were ${before.files}`,
  );
  const after = await settled();
  expect(after.memory).toBeLessThan(before.memory + spareBytes);
  process.stdout.write(`storm: ${before.files} → ${after.files} open files, ${before.memory} → ${after.memory} bytes in use\n`);
  // What remains of the storm is a server that serves.
  const again = await user.view(id);
  again.prompt(script({ text: 'calm' }));
  expect(await again.result(2)).toMatchObject({ result: 'calm' });
});
