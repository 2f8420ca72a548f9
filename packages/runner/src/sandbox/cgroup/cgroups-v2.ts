import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxLimits } from '../sandbox-limits.ts';
import { readCount, readNamedCount, readNamedCountNow, writeSetting, writeSettingIfThere, writeSettingNow } from './cgroup-file.ts';
import { removeCgroup } from './cgroup-removal.ts';
import type { Cgroups } from './cgroups.ts';
import { delegateControllers } from './controller-delegation.ts';

const CPU_PERIOD_MICROSECONDS = 100_000;
const MIB = 1024 * 1024;
/** Of `cpu.weight`: as much as a service has, or the group that the runner leaves for itself. */
const FULL_WEIGHT = 100;
const NEEDED = ['memory', 'pids'];
const WANTED = ['cpu'];

/** @param bases folders to try in turn. Undefined if none of them may have limited groups below it. */
export async function openCgroupsV2(bases: readonly string[]): Promise<Cgroups | undefined> {
  for (const base of bases) {
    const controllers = await delegateControllers(base, NEEDED, WANTED);
    if (controllers) return cgroupsBelow(base, controllers);
  }
  return undefined;
}

function cgroupsBelow(base: string, controllers: ReadonlySet<string>): Cgroups {
  const folder = (group: string): string => join(base, group);
  return {
    version: 2,
    missing: controllers.has('cpu') ? [] : ['cpus'],
    weighs: controllers.has('cpu'),
    folders: (group) => [folder(group)],
    joining: (group) => [join(folder(group), 'cgroup.procs')],
    async create(group, limits) {
      try {
        await mkdir(folder(group));
        await limit(folder(group), limits, controllers);
      } catch (error) {
        await removeCgroup([folder(group)]);
        throw error;
      }
    },
    async usage(group) {
      const [memoryBytes, pids, oomKills] = await Promise.all([
        readCount(folder(group), 'memory.current'),
        readCount(folder(group), 'pids.current'),
        readNamedCount(folder(group), 'memory.events', 'oom_kill'),
      ]);
      return { memoryBytes, pids, oomKills };
    },
    hits: (group) => ({
      oomKills: readNamedCountNow(folder(group), 'memory.events', 'oom_kill'),
      refusedProcesses: readNamedCountNow(folder(group), 'pids.events', 'max'),
    }),
    processorMs(group) {
      const microseconds = readNamedCountNow(folder(group), 'cpu.stat', 'usage_usec');
      return microseconds === null ? undefined : microseconds / 1000;
    },
    weigh: (group, share) => writeSettingNow(folder(group), 'cpu.weight', Math.round(FULL_WEIGHT * share)),
  };
}

async function limit(folder: string, limits: SandboxLimits, controllers: ReadonlySet<string>): Promise<void> {
  await writeSetting(folder, 'memory.max', limits.memory_mb * MIB);
  await writeSettingIfThere(folder, 'memory.swap.max', 0);
  await writeSetting(folder, 'pids.max', limits.pids);
  if (!controllers.has('cpu')) return;
  await writeSetting(folder, 'cpu.max', `${Math.round(limits.cpus * CPU_PERIOD_MICROSECONDS)} ${CPU_PERIOD_MICROSECONDS}`);
  await writeSetting(folder, 'cpu.weight', FULL_WEIGHT);
}
