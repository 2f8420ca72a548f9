import { readFileSync } from 'node:fs';
import type { DiskWatchdog } from '../disk/disk-watchdog.ts';
import type { HostedTree } from '../disk/stop-writers.ts';
import type { LimitCounters, LimitHits } from '../limit/limit-counters.ts';
import { RESERVE_MIB } from '../disk/disk-watchdog.ts';
import type { ProcessorShares, WeighedProcessor } from '../processor/processor-shares.ts';
import type { LimitTeller } from '../limit/limit-teller.ts';
import type { Programs } from '../open-sandbox.ts';
import type { SandboxFolders } from '../sandbox-folders.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';

/** Below what was started on the host come bwrap's process outside, its init inside, and the program. */
const PROGRAM_DEPTH = 2;
const MIB = 1024 * 1024;

export interface LimitedPlace {
  readonly limits: SandboxLimits;
  readonly folders: SandboxFolders;
  /** Undefined: no control group limits it. */
  readonly cgroup: WatchedGroup | undefined;
}

/** The control group of a sandbox. */
export interface WatchedGroup {
  hits(): LimitHits;
  /** Absent: its part of the processor cannot be set. */
  readonly processor?: WeighedProcessor;
}

/** Watches a sandbox over what the kernel limits silently, what nobody limits but we, and what it takes of the processor. */
export function watchLimits(
  { limits, folders, cgroup }: LimitedPlace,
  watchdogs: { readonly disk: DiskWatchdog; readonly counters: LimitCounters; readonly processors: ProcessorShares },
): (programs: Programs, teller: LimitTeller) => Disposable {
  return (programs, teller) => {
    const stack = new DisposableStack();
    stack.use(
      watchdogs.disk.watch({
        folders: () => [folders.workspace, folders.home],
        limits: { bytes: limits.workspace_mb * MIB, files: limits.workspace_files },
        trees: () => treesOf(programs),
        endPrograms: () => programs.end(),
        tell: (limit, ended) =>
          teller.hit({
            limit,
            ended,
            allowed: { disk: limits.workspace_mb, files: limits.workspace_files, host_disk: RESERVE_MIB }[limit],
          }),
      }),
    );
    stack.use(
      watchdogs.counters.watch({
        hits: () => cgroup?.hits() ?? { oomKills: null, refusedProcesses: null },
        temporaries: () => treesOf(programs).flatMap(temporariesOf),
        tell: (limit, times) =>
          teller.hit({
            limit,
            times,
            ended: limit === 'memory',
            allowed: { memory: limits.memory_mb, pids: limits.pids, tmp: limits.tmp_mb }[limit],
          }),
      }),
    );
    if (cgroup?.processor) stack.use(watchdogs.processors.watch(cgroup.processor));
    return stack;
  };
}

function treesOf(programs: Programs): HostedTree[] {
  return programs.running().flatMap(({ pid }) => (pid === undefined ? [] : [{ holder: pid, depth: PROGRAM_DEPTH }]));
}

/** The sized file systems of a program, seen through its namespace's init, whose root no program inside can change. */
function temporariesOf({ holder }: HostedTree): string[] {
  try {
    const [init] = readFileSync(`/proc/${holder}/task/${holder}/children`, 'utf8').split(' ');
    return init ? ['/tmp', '/dev/shm'].map((path) => `/proc/${init}/root${path}`) : [];
  } catch {
    return [];
  }
}
