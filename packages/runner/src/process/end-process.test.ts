import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endProcess } from './end-process.ts';
import { HostedProcess } from './hosted-process.ts';

async function start(trap: string): Promise<HostedProcess> {
  const script = `trap "${trap}" TERM; echo ready; while :; do sleep 0.02; done`;
  const program = new HostedProcess(spawn('/bin/sh', ['-c', script], { stdio: 'pipe' }));
  await once(program.stdout, 'data');
  return program;
}

test('a program that heeds SIGTERM ends in its own way', async () => {
  expect(await endProcess(await start('exit 5'))).toMatchObject({ exitCode: 5, signal: null });
});

test('a program that does not is killed after the grace', async () => {
  expect(await endProcess(await start(''), 50)).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
});

test('of one that has ended already the outcome is told', async () => {
  const program = await start('exit 5');
  const first = await endProcess(program);
  expect(await endProcess(program)).toBe(first);
});
