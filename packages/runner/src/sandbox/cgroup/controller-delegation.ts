import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isWritable, writeSetting } from './cgroup-file.ts';

/** Where the processes of a group go that is to have limited groups below it: it may hold none itself (cgroup-v2.rst, "no internal process"). */
export const HOST_GROUP = 'ai-sessions-host';

/**
 * Makes controllers of version 2 available to the groups below `base`.
 * Returns those of `needed` and `wanted` that are, or undefined if a needed one is not.
 */
export async function delegateControllers(
  base: string,
  needed: readonly string[],
  wanted: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  try {
    if (!(await isWritable(join(base, 'cgroup.subtree_control')))) return undefined;
    const there = await readWords(base, 'cgroup.controllers');
    if (!needed.every((controller) => there.has(controller))) return undefined;
    const useful = [...needed, ...wanted].filter((controller) => there.has(controller));
    const enabled = await readWords(base, 'cgroup.subtree_control');
    const lacking = useful.filter((controller) => !enabled.has(controller));
    if (lacking.length > 0) await enable(base, lacking);
    return new Set(useful);
  } catch {
    return undefined;
  }
}

async function enable(base: string, controllers: readonly string[]): Promise<void> {
  const request = controllers.map((controller) => `+${controller}`).join(' ');
  try {
    await writeSetting(base, 'cgroup.subtree_control', request);
  } catch {
    await makeRoom(base);
    await writeSetting(base, 'cgroup.subtree_control', request);
  }
}

async function makeRoom(base: string): Promise<void> {
  await mkdir(join(base, HOST_GROUP), { recursive: true });
  for (const pid of await readWords(base, 'cgroup.procs')) {
    // A process that has ended meanwhile is refused, which is no matter.
    await writeSetting(join(base, HOST_GROUP), 'cgroup.procs', pid).catch(() => {});
  }
}

async function readWords(folder: string, name: string): Promise<Set<string>> {
  return new Set((await readFile(join(folder, name), 'utf8')).split(/\s+/).filter(Boolean));
}
