import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import { readNamedCountNow } from './cgroup-file.ts';
import { parseCgroupMounts } from './cgroup-mounts.ts';
import { removeCgroup } from './cgroup-removal.ts';
import { delegateControllers, HOST_GROUP } from './controller-delegation.ts';
import { findCgroups } from './cgroups.ts';
import { openCgroupsV1 } from './cgroups-v1.ts';
import { openCgroupsV2 } from './cgroups-v2.ts';

const limits = parseSandboxLimits('{"memory_mb":512,"pids":77,"cpus":1.5}');

/** A folder in the place of the kernel's file system: what is written can be read, but nothing is enforced. */
let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'cgroups-'));
});
afterEach(() => rm(top, { recursive: true }));

const read = (...path: string[]): Promise<string> => readFile(join(top, ...path), 'utf8');

async function fill(folder: string, files: Record<string, string>): Promise<string> {
  await mkdir(join(top, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(top, folder, name), content);
  return join(top, folder);
}

describe('version 2', () => {
  const enabled = {
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'cgroup.subtree_control': 'cpu memory pids\n',
    'cgroup.procs': '',
  };

  test('writes the limits', async () => {
    const cgroups = await openCgroupsV2([await fill('base', enabled)]);
    await cgroups?.create('group', limits);
    expect(cgroups).toMatchObject({ version: 2, missing: [] });
    expect(cgroups?.folders('group')).toEqual([join(top, 'base/group')]);
    expect(await read('base/group/memory.max')).toBe(`${512 * 1024 * 1024}\n`);
    expect(await read('base/group/pids.max')).toBe('77\n');
    expect(await read('base/group/cpu.max')).toBe('150000 100000\n');
    expect(await read('base/group/cpu.weight')).toBe('100\n');
    expect(cgroups?.joining('group')).toEqual([join(top, 'base/group/cgroup.procs')]);
    expect(await read('base/cgroup.subtree_control')).toBe('cpu memory pids\n');
  });

  test('reads what is used', async () => {
    const cgroups = await openCgroupsV2([await fill('base', enabled)]);
    await fill('base/group', { 'memory.current': '4096\n', 'pids.current': '3\n', 'memory.events': 'low 0\noom 2\noom_kill 1\n' });
    expect(await cgroups?.usage('group')).toEqual({ memoryBytes: 4096, pids: 3, oomKills: 1 });
    expect(await cgroups?.usage('absent')).toEqual({ memoryBytes: null, pids: null, oomKills: null });
  });

  test('weighs groups by their part of the processor, never below the least that the kernel takes', async () => {
    const cgroups = await openCgroupsV2([await fill('base', enabled)]);
    await fill('base/group', { 'cpu.stat': 'usage_usec 2500\nuser_usec 2000\n', 'cpu.weight': '100\n' });
    expect(cgroups?.weighs).toBe(true);
    expect(cgroups?.processorMs('group')).toBe(2.5);
    expect(cgroups?.processorMs('absent')).toBeUndefined();
    cgroups?.weigh('group', 1 / 32);
    expect(await read('base/group/cpu.weight')).toBe('3\n');
    cgroups?.weigh('absent', 1 / 32);
    expect(existsSync(join(top, 'base/absent'))).toBe(false);
  });

  test('enables the controllers that are not yet', async () => {
    const base = await fill('base', { ...enabled, 'cgroup.subtree_control': 'pids\n' });
    expect(await openCgroupsV2([base])).toMatchObject({ missing: [] });
    expect(await read('base/cgroup.subtree_control')).toBe('+memory +cpu\n');
  });

  test('does without the processor’s', async () => {
    const base = await fill('base', { ...enabled, 'cgroup.controllers': 'memory pids\n', 'cgroup.subtree_control': 'memory pids\n' });
    const cgroups = await openCgroupsV2([base]);
    await cgroups?.create('group', limits);
    expect(cgroups).toMatchObject({ missing: ['cpus'], weighs: false });
    expect(existsSync(join(top, 'base/group/cpu.max'))).toBe(false);
    cgroups?.weigh('group', 1 / 2);
    expect(existsSync(join(top, 'base/group/cpu.weight'))).toBe(false);
  });

  test('takes the first folder that can be used', async () => {
    const poor = await fill('poor', { ...enabled, 'cgroup.controllers': 'hugetlb\n' });
    const good = await fill('good', enabled);
    const cgroups = await openCgroupsV2([join(top, 'absent'), poor, good]);
    expect(cgroups?.folders('x')).toEqual([join(good, 'x')]);
    expect(await openCgroupsV2([join(top, 'absent'), poor])).toBeUndefined();
  });
});

describe('version 1', () => {
  test('writes the limits in each hierarchy', async () => {
    const memory = await fill('memory', {});
    const cpu = await fill('cpu', {});
    const pids = await fill('pids', {});
    const cgroups = await openCgroupsV1(
      new Map([
        ['memory', memory],
        ['cpu', cpu],
        ['pids', pids],
      ]),
    );
    await cgroups?.create('group', limits);
    expect(cgroups?.folders('group').toSorted()).toEqual([join(cpu, 'group'), join(memory, 'group'), join(pids, 'group')]);
    expect(await read('memory/group/memory.limit_in_bytes')).toBe(`${512 * 1024 * 1024}\n`);
    expect(await read('pids/group/pids.max')).toBe('77\n');
    expect(await read('cpu/group/cpu.cfs_quota_us')).toBe('150000\n');
    expect(await read('cpu/group/cpu.shares')).toBe('1024\n');
    expect(cgroups).toMatchObject({ missing: [], weighs: false });
  });

  test('weighs groups where processor time is counted, too', async () => {
    const names = ['memory', 'pids', 'cpu', 'cpuacct'];
    const hierarchies = await Promise.all(names.map(async (name) => [name, await fill(name, {})] as const));
    const cgroups = await openCgroupsV1(new Map(hierarchies));
    await cgroups?.create('group', limits);
    expect(cgroups?.weighs).toBe(true);
    expect(cgroups?.joining('group').toSorted()).toEqual(names.toSorted().map((name) => join(top, name, 'group/tasks')));
    await fill('cpuacct/group', { 'cpuacct.usage': '3000000\n' });
    expect(cgroups?.processorMs('group')).toBe(3);
    cgroups?.weigh('group', 1 / 32);
    expect(await read('cpu/group/cpu.shares')).toBe('32\n');
  });

  test('does without the processor’s, not without the others', async () => {
    const memory = await fill('memory', {});
    const pids = await fill('pids', {});
    expect(
      await openCgroupsV1(
        new Map([
          ['memory', memory],
          ['pids', pids],
        ]),
      ),
    ).toMatchObject({ missing: ['cpus'] });
    expect(await openCgroupsV1(new Map([['memory', memory]]))).toBeUndefined();
    expect(
      await openCgroupsV1(
        new Map([
          ['memory', memory],
          ['pids', join(top, 'absent')],
        ]),
      ),
    ).toBeUndefined();
  });
});

describe('on this machine', () => {
  test('a group limits, counts, and goes with all that is in it', async ({ skip }) => {
    const cgroups = await findCgroups();
    if (!cgroups) return skip('no control groups can be made here');
    const group = `ai-sessions.test-${process.pid}`;
    const joining = cgroups.joining(group).map((file) => `echo 0 > ${file}`);
    try {
      await cgroups.create(group, limits);
      const script = [...joining, 'setsid -f sleep 60', 'echo ready', 'sleep 60', ':'].join('; ');
      const program = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(program.stdout, 'data');
      await expect.poll(async () => (await cgroups.usage(group)).pids).toBe(3);
      if (cgroups.weighs) expect(cgroups.processorMs(group)).toBeGreaterThan(0);
      const ended = once(program, 'exit');
      await removeCgroup(cgroups.folders(group));
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(cgroups.folders(group).filter((folder) => existsSync(folder))).toEqual([]);
    } finally {
      await removeCgroup(cgroups.folders(group));
    }
  });

  test('version 2: a group with processes can have limited groups below it once they have moved', async ({ skip }) => {
    const v2 = parseCgroupMounts(await readFile('/proc/self/mountinfo', 'utf8'), await readFile('/proc/self/cgroup', 'utf8')).v2;
    if (!v2) return skip('no control groups of version 2 here');
    // On a hybrid machine some controller is left in version 2; which does not matter.
    const [controller] = (await readFile(join(v2.top, 'cgroup.controllers'), 'utf8').catch(() => '')).split(/\s/);
    const enabledBefore = await readFile(join(v2.top, 'cgroup.subtree_control'), 'utf8').catch(() => '');
    if (!controller || !(await delegateControllers(v2.top, [controller], []))) return skip('no controller of version 2 can be used here');
    const base = join(v2.top, `ai-sessions.test-${process.pid}`);
    await mkdir(base);
    const program = spawn('/bin/sh', ['-c', `echo 0 > ${base}/cgroup.procs; echo ready; sleep 60; :`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(program.stdout, 'data');
      expect([...((await delegateControllers(base, [controller], ['nonsense'])) ?? [])]).toEqual([controller]);
      expect(await readFile(join(base, 'cgroup.subtree_control'), 'utf8')).toBe(`${controller}\n`);
      expect(readNamedCountNow(base, 'cpu.stat', 'usage_usec')).toBeGreaterThan(0);
      expect((await readFile(join(base, HOST_GROUP, 'cgroup.procs'), 'utf8')).split('\n')).toContain(String(program.pid));
      expect(await delegateControllers(base, ['nonsense'], [])).toBeUndefined();
    } finally {
      await removeCgroup([join(base, HOST_GROUP), base]);
      if (!enabledBefore.includes(controller)) await writeFile(join(v2.top, 'cgroup.subtree_control'), `-${controller}`);
    }
  });

  test('a group that cannot be removed is named', async () => {
    const folder = await fill('stuck', { 'cgroup.procs': '' });
    await expect(removeCgroup([folder], 30)).rejects.toThrow(`cannot remove the control group ${folder}`);
  });
});
