import type { ProcessEntry } from './process-table.ts';

/** The given processes and all that descend from them, as far as the table still knows the parents. */
export function findTree(table: readonly ProcessEntry[], roots: Iterable<number>): ProcessEntry[] {
  const tree = new Set(roots);
  const childrenOf = Map.groupBy(table, (entry) => entry.parent);
  // A Set's iteration visits what is added on the way.
  for (const pid of tree) for (const child of childrenOf.get(pid) ?? []) tree.add(child.pid);
  return table.filter((entry) => tree.has(entry.pid));
}
