import { readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killUntilGone } from '../../process/kill-until-gone.ts';
import { writeSettingIfThere } from './cgroup-file.ts';

const RETRY_MS = 10;

/** Ends whatever is in a control group and removes its folders. Throws if something is left after the time. */
export async function removeCgroup(folders: readonly string[], withinMs: number = 5_000): Promise<void> {
  const until = performance.now() + withinMs;
  for (const folder of folders) {
    // No further process can begin; then (version 2) all end at one stroke.
    await writeSettingIfThere(folder, 'pids.max', 0).catch(() => {});
    await writeSettingIfThere(folder, 'cgroup.kill', 1).catch(() => {});
  }
  for (const folder of folders) {
    await killUntilGone(() => readMembers(folder), until - performance.now());
    await removeFolder(folder, until);
  }
}

async function readMembers(folder: string): Promise<number[]> {
  try {
    const pids = (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number);
    // 0 stands for a process of another pid namespace, and to `kill` for our own process group.
    return pids.filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** The kernel says "busy" until the last process has quite gone. */
async function removeFolder(folder: string, until: number): Promise<void> {
  for (;;) {
    try {
      return await rmdir(folder);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      if (performance.now() > until) throw new Error(`cannot remove the control group ${folder}`, { cause: error });
    }
    await sleep(RETRY_MS);
  }
}
