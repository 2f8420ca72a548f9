import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownerLives, type SandboxRecord, SandboxRecords, thisOwner } from './sandbox-record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function makeRecord(incarnation: string): Promise<SandboxRecord> {
  return { incarnation, sessionId: 'a', root: '/a', uid: 70_000, cgroups: ['/sys/fs/cgroup/a'], owner: await thisOwner() };
}

test('records are written, listed and removed', async () => {
  const records = new SandboxRecords(join(folder, 'deep', 'state'));
  expect(await records.list()).toEqual([]);
  const [first, second] = [await makeRecord('a.1'), await makeRecord('a.2')];
  await Promise.all([records.write(first), records.write(second)]);
  expect(await records.list()).toEqual([first, second]);
  await records.remove('a.1');
  await records.remove('a.1');
  expect(await records.list()).toEqual([second]);
});

test('what is no record is left out', async () => {
  const records = new SandboxRecords(folder);
  await records.write(await makeRecord('a.1'));
  await Promise.all([
    writeFile(join(folder, 'b.json'), '{'),
    writeFile(join(folder, 'c.json'), '{}'),
    writeFile(join(folder, 'd.json.new'), ''),
  ]);
  expect((await records.list()).map(({ incarnation }) => incarnation)).toEqual(['a.1']);
  expect(await readdir(folder)).toHaveLength(4);
});

test('an owner is known by its pid and its start', async () => {
  const record = await makeRecord('a.1');
  const { pid, startTicks } = record.owner;
  expect(await ownerLives(record)).toBe(true);
  expect(await ownerLives({ ...record, owner: { pid, startTicks: startTicks - 1 } })).toBe(false);
  expect(await ownerLives({ ...record, owner: { pid: 2 ** 22 + 1, startTicks } })).toBe(false);
});
