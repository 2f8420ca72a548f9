import { readFile } from 'node:fs/promises';

/** How many open files this process may at most allow a child, from the hard limit in `/proc/self/limits` (proc(5)). */
export async function readOpenFilesCeiling(): Promise<number> {
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? [];
  return hard === undefined || hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}
