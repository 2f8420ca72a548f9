import { readFile } from 'node:fs/promises';

/**
 * Bytes that a process, and its children that have ended, have made the kernel write so far (`write_bytes` of /proc/PID/io, proc(5)): counted
 * when a page becomes dirty, long before it is on the disk. Files in memory do not count. Undefined where it may not be read, or has ended.
 */
export async function readWrittenBytes(pid: number): Promise<number | undefined> {
  try {
    const written = /^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1];
    return written === undefined ? undefined : Number(written);
  } catch {
    return undefined;
  }
}
