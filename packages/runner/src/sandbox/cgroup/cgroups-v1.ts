import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxLimits } from '../sandbox-limits.ts';
import { isWritable, readCount, readNamedCount, readNamedCountNow, writeSetting, writeSettingIfThere } from './cgroup-file.ts';
import { removeCgroup } from './cgroup-removal.ts';
import type { Cgroups } from './cgroups.ts';

const CPU_PERIOD_MICROSECONDS = 100_000;
const MIB = 1024 * 1024;

/** @param hierarchies folder of this process by controller. Undefined if memory or processes cannot be limited in them. */
export async function openCgroupsV1(hierarchies: ReadonlyMap<string, string>): Promise<Cgroups | undefined> {
  const memory = hierarchies.get('memory');
  const pids = hierarchies.get('pids');
  const cpu = hierarchies.get('cpu');
  if (!memory || !pids || !(await isWritable(memory)) || !(await isWritable(pids))) return undefined;
  const cpuBase = cpu && (await isWritable(cpu)) ? cpu : undefined;
  const bases = [...new Set([pids, memory, ...(cpuBase ? [cpuBase] : [])])];

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
  }

  const folders = (group: string): string[] => bases.map((base) => join(base, group));
  return {
    version: 1,
    missing: cpuBase ? [] : ['cpus'],
    folders,
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
  };
}
