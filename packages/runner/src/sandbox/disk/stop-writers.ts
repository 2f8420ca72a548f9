import { setTimeout as sleep } from 'node:timers/promises';
import { killUntilGone } from '../../process/kill-until-gone.ts';
import { type ProcessEntry, readProcessTable } from '../../process/process-table.ts';
import { findTree } from '../../process/process-tree.ts';
import { readWrittenBytes } from '../../process/process-writes.ts';

/** How long the processes are looked at to see which of them write. */
const LOOK_MS = 60;
/** Who writes less in that time is not what fills a disk. */
const WRITER_BYTES = 256 * 1024;
const KILL_MS = 2_000;

/** A program of a sandbox as the host sees it. */
export interface HostedTree {
  /** The process that holds the program. */
  readonly holder: number;
  /** How many generations below the holder the program is: 0 if it is the holder itself. */
  readonly depth: number;
}

/** What the program of a tree has started: each child of it, or of a process between it and the holder, with all its descendants. */
interface Branch {
  readonly top: number;
  readonly pids: readonly number[];
}

/**
 * Ends what writes in the trees, but not the programs themselves: the branches that write just now, or (`orElse`: `all`) all branches if none
 * is seen to, as with allocations that write nothing. Gives the number of branches that were ended.
 */
export async function stopWriters(trees: readonly HostedTree[], orElse: 'all' | 'none'): Promise<number> {
  const before = await writtenBy(await findBranches(trees));
  await sleep(LOOK_MS);
  const after = await writtenBy(await findBranches(trees));
  const writing = [...after].filter(([top, written]) => written - (before.get(top) ?? 0) >= WRITER_BYTES).map(([top]) => top);
  const chosen = new Set(writing.length > 0 || orElse === 'none' ? writing : after.keys());
  if (chosen.size === 0) return 0;
  // What a branch forks while it is ended is found below the same child of the program, or handed over to the namespace's init.
  const known = new Set((await findBranches(trees)).map(({ top }) => top));
  await killUntilGone(async () => {
    const branches = await findBranches(trees);
    return branches.filter(({ top }) => chosen.has(top) || !known.has(top)).flatMap(({ pids }) => pids);
  }, KILL_MS);
  return chosen.size;
}

async function findBranches(trees: readonly HostedTree[]): Promise<Branch[]> {
  const table = (await readProcessTable()).filter(({ state }) => state !== 'Z');
  const childrenOf = Map.groupBy(table, ({ parent }) => parent);
  return trees.flatMap((tree) => branchesOf(tree, table, childrenOf));
}

function branchesOf({ holder, depth }: HostedTree, table: readonly ProcessEntry[], childrenOf: Map<number, ProcessEntry[]>): Branch[] {
  const spine = [holder];
  for (let generation = 0; generation < depth; generation++) {
    // The oldest: what is handed over to the namespace's init is younger than the program.
    const children = (childrenOf.get(spine.at(-1) ?? 0) ?? []).toSorted((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
    const [oldest] = children;
    // Not begun yet, or ending.
    if (oldest === undefined) return [];
    spine.push(oldest.pid);
  }
  const tops = spine.flatMap((pid) => childrenOf.get(pid) ?? []).filter(({ pid }) => !spine.includes(pid));
  return tops.map(({ pid }) => ({ top: pid, pids: findTree(table, [pid]).map((entry) => entry.pid) }));
}

/** Branch → bytes written by its processes. */
async function writtenBy(branches: readonly Branch[]): Promise<Map<number, number>> {
  const sums = branches.map(async ({ top, pids }): Promise<[number, number]> => {
    const each = await Promise.all(pids.map(readWrittenBytes));
    return [top, each.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)];
  });
  return new Map(await Promise.all(sums));
}
