import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxLimits } from '../sandbox-limits.ts';
import {
  isWritable,
  readCount,
  readCountNow,
  readNamedCount,
  readNamedCountNow,
  writeSetting,
  writeSettingIfThere,
  writeSettingNow,
} from './cgroup-file.ts';
import { removeCgroup } from './cgroup-removal.ts';
import type { Cgroups } from './cgroups.ts';

const CPU_PERIOD_MICROSECONDS = 100_000;
const MIB = 1024 * 1024;
const NANOSECONDS = 1e6;
/** Of `cpu.shares`: as much as a process outside of groups has, or with autogroups each login or service together. */
const FULL_SHARES = 1024;

/** @param hierarchies folder of this process by controller. Undefined if memory or processes cannot be limited in them. */
export async function openCgroupsV1(hierarchies: ReadonlyMap<string, string>): Promise<Cgroups | undefined> {
  const memory = hierarchies.get('memory');
  const pids = hierarchies.get('pids');
  const cpu = hierarchies.get('cpu');
  if (!memory || !pids || !(await isWritable(memory)) || !(await isWritable(pids))) return undefined;
  const cpuBase = cpu && (await isWritable(cpu)) ? cpu : undefined;
  const cpuacct = hierarchies.get('cpuacct');
  const cpuacctBase = cpuacct && (await isWritable(cpuacct)) ? cpuacct : undefined;
  const bases = [...new Set([pids, memory, ...(cpuBase ? [cpuBase] : []), ...(cpuacctBase ? [cpuacctBase] : [])])];

  async function limit(group: string, limits: SandboxLimits): Promise<void> {
    if (!memory || !pids) return;
    await Promise.all(bases.map((base) => mkdir(join(base, group))));
    const bytes = limits.memory_mb * MIB;
    await writeSetting(join(memory, group), 'memory.limit_in_bytes', bytes);
    await writeSettingIfThere(join(memory, group), 'memory.memsw.limit_in_bytes', bytes);
    await writeSetting(join(pids, group), 'pids.max', limits.pids);
    if (!cpuBase) return;
    await writeSetting(join(cpuBase, group), 'cpu.cfs_period_us', CPU_PERIOD_MICROSECONDS);
    await writeSetting(join(cpuBase, group), 'cpu.cfs_quota_us', Math.round(limits.cpus * CPU_PERIOD_MICROSECONDS));
    await writeSetting(join(cpuBase, group), 'cpu.shares', FULL_SHARES);
  }

  const folders = (group: string): string[] => bases.map((base) => join(base, group));
  return {
    version: 1,
    missing: cpuBase ? [] : ['cpus'],
    weighs: cpuBase !== undefined && cpuacctBase !== undefined,
    folders,
    // Moving a process by `cgroup.procs` waits for every processor (RCU), some 10 ms; moving oneself as a single thread waits for nothing.
    joining: (group) => folders(group).map((folder) => join(folder, 'tasks')),
    async create(group, limits) {
      try {
        await limit(group, limits);
      } catch (error) {
        await removeCgroup(folders(group));
        throw error;
      }
    },
    async usage(group) {
      const [memoryBytes, pidCount, oomKills] = await Promise.all([
        readCount(join(memory, group), 'memory.usage_in_bytes'),
        readCount(join(pids, group), 'pids.current'),
        readNamedCount(join(memory, group), 'memory.oom_control', 'oom_kill'),
      ]);
      return { memoryBytes, pids: pidCount, oomKills };
    },
    hits: (group) => ({
      oomKills: readNamedCountNow(join(memory, group), 'memory.oom_control', 'oom_kill'),
      refusedProcesses: readNamedCountNow(join(pids, group), 'pids.events', 'max'),
    }),
    processorMs(group) {
      const used = cpuacctBase === undefined ? null : readCountNow(join(cpuacctBase, group), 'cpuacct.usage');
      return used === null ? undefined : used / NANOSECONDS;
    },
    weigh(group, share) {
      if (cpuBase !== undefined) writeSettingNow(join(cpuBase, group), 'cpu.shares', Math.round(FULL_SHARES * share));
    },
  };
}
