import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findInheritedDescriptors } from './inherited-descriptors.ts';
import { killUntilGone } from './kill-until-gone.ts';
import { findMarked, PROCESS_MARK } from './process-mark.ts';
import { parseProcessStat, type ProcessEntry, readProcessEntry, readProcessTable } from './process-table.ts';
import { findTree } from './process-tree.ts';
import { measureProcesses } from './process-usage.ts';

describe('the process table', () => {
  const tail = '1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 33 18446744073709551615';

  test.each([
    ['plain', `12 (sh) S 7 ${tail}`],
    ['a name with parentheses and spaces', `12 (a) S 1 (b) S 7 ${tail}`],
    ['a name with a line break', `12 (a\nb) S 7 ${tail}`],
  ])('reads %s', (_, stat) => {
    expect(parseProcessStat(stat)).toEqual({ pid: 12, parent: 7, state: 'S', startTicks: 4711, residentPages: 33 });
  });

  test.each(['', '12', '12 (sh) S', 'x (sh) S 7 1'])('refuses %j', (stat) => {
    expect(parseProcessStat(stat)).toBeUndefined();
  });

  test('knows this process', async () => {
    const own = (await readProcessTable()).find((entry) => entry.pid === process.pid);
    expect(own).toMatchObject({ parent: process.ppid });
    expect((await readProcessEntry(process.pid))?.startTicks).toBe(own?.startTicks);
    expect(await readProcessEntry(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('a process tree', () => {
  const entry = (pid: number, parent: number): ProcessEntry => ({ pid, parent, state: 'S', startTicks: 0, residentPages: 1 });
  const table = [entry(5, 4), entry(1, 0), entry(2, 1), entry(3, 2), entry(4, 3), entry(9, 1)];

  test.each([
    [[2], [5, 2, 3, 4]],
    [
      [4, 9],
      [5, 4, 9],
    ],
    [[77], []],
    [[], []],
  ])('of %j is %j', (roots, pids) => {
    expect(findTree(table, roots).map(({ pid }) => pid)).toEqual(pids);
  });
});

test('marked processes and their descendants are found, measured and ended', async () => {
  const mark = `test-${process.pid}`;
  // The inner shell has lost the mark, but not its parent; the other one its parent, but not the mark.
  const script = 'env -i sh -c "sleep 61; :" & setsid -f sh -c "sleep 61; :"; echo ready; sleep 60; :';
  const program = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, [PROCESS_MARK]: mark } });
  await once(program.stdout, 'data');
  await expect.poll(async () => (await findMarked(mark)).length).toBe(6);
  expect(await findMarked(`${mark}0`)).toEqual([]);
  const { memoryBytes, pids } = await measureProcesses([program.pid ?? 0]);
  expect(pids).toBe(4);
  expect(memoryBytes).toBeGreaterThan(100_000);
  expect(await killUntilGone(async () => (await findMarked(mark)).map(({ pid }) => pid), 5_000)).toEqual([]);
});

test('what cannot be ended is named', async () => {
  expect(await killUntilGone(async () => [2 ** 22 + 1], 30)).toEqual([2 ** 22 + 1]);
});

test('inherited descriptors are told from those that Node opens', async () => {
  const own = openSync('/dev/null', 'r');
  expect(findInheritedDescriptors()).not.toContain(own);
  const script = `import { findInheritedDescriptors } from '${import.meta.dirname}/inherited-descriptors.ts'; console.log(JSON.stringify(findInheritedDescriptors()))`;
  const stdio = Array.from({ length: 41 }, (_, fd) => (fd === 1 ? 'pipe' : fd === 40 ? own : 'ignore'));
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio });
  const [said] = child.stdout ? await once(child.stdout, 'data') : [];
  closeSync(own);
  expect(JSON.parse(String(said))).toContain(40);
});
