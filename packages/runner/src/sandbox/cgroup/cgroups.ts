import { readFile } from 'node:fs/promises';
import type { LimitHits } from '../limit/limit-counters.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';
import type { SandboxUsage } from '../sandbox.ts';
import { parseCgroupMounts } from './cgroup-mounts.ts';
import { openCgroupsV1 } from './cgroups-v1.ts';
import { openCgroupsV2 } from './cgroups-v2.ts';

/** Control groups: what the kernel counts and limits together. One group per sandbox. */
export interface Cgroups {
  readonly version: 1 | 2;
  /** What cannot be limited here. */
  readonly missing: readonly string[];
  /** Whether groups share the processor by weight, and what they used of it can be read. */
  readonly weighs: boolean;
  /** The group's folders, one per hierarchy, whether or not they exist. */
  folders(group: string): string[];
  /** The files by which a process of one thread joins the group: it writes a 0 into each. */
  joining(group: string): string[];
  /** Makes the group with these limits. Throws, and leaves nothing, if the kernel refuses. */
  create(group: string, limits: SandboxLimits): Promise<void>;
  usage(group: string): Promise<SandboxUsage>;
  /** How often the group has run into its limits. */
  hits(group: string): LimitHits;
  /** Processor time of all that has run in the group, in milliseconds. Undefined: not known here, or the group is gone. Does not wait. */
  processorMs(group: string): number | undefined;
  /**
   * How much of the processor the group gets where several want it.
   * @param share of what a group begins with, above 0 and at most 1
   */
  weigh(group: string, share: number): void;
}

/** The control groups of this machine, or undefined if this process may not make any. */
export async function findCgroups(): Promise<Cgroups | undefined> {
  const [mountinfo, own] = await Promise.all([readFile('/proc/self/mountinfo', 'utf8'), readFile('/proc/self/cgroup', 'utf8')]);
  const mounts = parseCgroupMounts(mountinfo, own);
  const v1 = await openCgroupsV1(mounts.v1);
  if (v1 || !mounts.v2) return v1;
  // Root begins at the top, where no process has to be moved; others only have what was delegated to them.
  const { top, own: mine } = mounts.v2;
  return openCgroupsV2(process.getuid?.() === 0 ? [top, mine] : [mine]);
}
