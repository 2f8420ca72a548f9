import { readProcessTable } from './process-table.ts';
import { findTree } from './process-tree.ts';

/** Linux's page on x64 and on the arm64 kernels of the usual distributions. */
const PAGE_BYTES = 4096;

/** What the given processes and their descendants use now. Memory that several share counts for each of them. */
export async function measureProcesses(roots: Iterable<number>): Promise<{ memoryBytes: number; pids: number }> {
  const tree = findTree(await readProcessTable(), roots).filter((entry) => entry.state !== 'Z');
  return { memoryBytes: tree.reduce((sum, entry) => sum + entry.residentPages * PAGE_BYTES, 0), pids: tree.length };
}
