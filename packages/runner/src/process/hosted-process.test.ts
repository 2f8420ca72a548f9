import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { describeOutcome } from './exit-outcome.ts';
import { HostedProcess, type HostedProcessOptions } from './hosted-process.ts';

function host(script: string, options: HostedProcessOptions = {}): HostedProcess {
  return new HostedProcess(spawn('/bin/sh', ['-c', script], { stdio: 'pipe' }), options);
}

test.each([
  ['exit 0', { exitCode: 0, signal: null, stderrTail: '' }],
  ['echo why >&2; exit 3', { exitCode: 3, signal: null, stderrTail: 'why\n' }],
  ['kill -9 $$', { exitCode: null, signal: 'SIGKILL', stderrTail: '' }],
])('the outcome of %j', async (script, outcome) => {
  const program = host(script);
  expect(await program.outcome).toEqual(outcome);
  expect(program).toMatchObject({ exitCode: outcome.exitCode, signalCode: outcome.signal, running: false });
});

test('exit is told once, with what the outcome says', async () => {
  const program = host('exit 6');
  const told: unknown[] = [];
  program.on('exit', (...how) => told.push(how));
  await program.outcome;
  expect(told).toEqual([[6, null]]);
});

test('a program that cannot be started is an outcome, and an error for those who listen', async () => {
  const unheard = new HostedProcess(spawn('/no/such/program', { stdio: 'pipe' }));
  expect(await unheard.outcome).toEqual({ exitCode: 127, signal: null, stderrTail: 'spawn /no/such/program ENOENT' });
  expect(unheard.kill()).toBe(false);

  const heard = new HostedProcess(spawn('/no/such/program', { stdio: 'pipe' }));
  const [error] = await once(heard, 'error');
  expect(error).toMatchObject({ code: 'ENOENT' });
});

test('a child without pipes is refused', () => {
  expect(() => new HostedProcess(spawn('/bin/true', { stdio: 'ignore' }))).toThrow(/too many open files/);
});

test('writing to an ended program is no error', async () => {
  const program = host('exit 0');
  await program.outcome;
  program.stdin.write('x'.repeat(1e6));
  program.stdin.end();
});

test('a grandchild that holds stderr does not keep the outcome back', async () => {
  const program = host('echo early >&2; sleep 3 & echo $!; exit 1');
  const [pid] = await once(program.stdout, 'data');
  expect(await program.outcome).toEqual({ exitCode: 1, signal: null, stderrTail: 'early\n' });
  process.kill(Number(String(pid)), 'SIGKILL');
});

test('delivery and the reading of the ending can be replaced', async () => {
  const delivered: string[] = [];
  const program = host('sleep 60', {
    deliver: (signal) => {
      delivered.push(signal);
      return signal === 'SIGKILL' && process.kill(program.pid ?? 0, 'SIGTERM');
    },
    readEnding: ({ signal }) => ({ exitCode: signal === 'SIGTERM' ? 99 : 98, signal: null }),
  });
  expect(program.kill('SIGINT')).toBe(false);
  expect(program.killed).toBe(false);
  expect(program.kill('SIGKILL')).toBe(true);
  expect(await program.outcome).toMatchObject({ exitCode: 99, signal: null });
  expect(delivered).toEqual(['SIGINT', 'SIGKILL']);
});

test('a signal that aborts after the end ends nothing', async () => {
  const abort = new AbortController();
  const program = host('exit 0', { signal: abort.signal });
  await program.outcome;
  abort.abort();
  expect(program.killed).toBe(false);
});

test('outcomes are described in a line', () => {
  expect(describeOutcome({ exitCode: 0, signal: null, stderrTail: '' })).toBe('exited with code 0');
  expect(describeOutcome({ exitCode: 1, signal: null, stderrTail: 'first\nlast\n' })).toBe('exited with code 1: first\nlast');
  const many = Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n');
  expect(describeOutcome({ exitCode: 1, signal: null, stderrTail: many })).toBe(
    'exited with code 1: line 45\nline 46\nline 47\nline 48\nline 49',
  );
  expect(describeOutcome({ exitCode: null, signal: 'SIGKILL', stderrTail: '' })).toBe('was ended by SIGKILL');
});
