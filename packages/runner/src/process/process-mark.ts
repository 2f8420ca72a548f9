import { readFile } from 'node:fs/promises';
import { readProcessTable, type ProcessEntry } from './process-table.ts';
import { findTree } from './process-tree.ts';

/** The environment variable by which a process is known again after whoever started it is gone. */
export const PROCESS_MARK = 'AI_SESSIONS_SANDBOX';

/**
 * The processes that were started with `AI_SESSIONS_SANDBOX=<mark>`, and their descendants.
 * Those that have ended and only wait to be collected are left out, and so is this process.
 */
export async function findMarked(mark: string): Promise<ProcessEntry[]> {
  const table = (await readProcessTable()).filter((entry) => entry.state !== 'Z' && entry.pid !== process.pid);
  const marked = await Promise.all(table.map(async ({ pid }) => ((await hasMark(pid, mark)) ? pid : undefined)));
  return findTree(
    table,
    marked.filter((pid) => pid !== undefined),
  );
}

async function hasMark(pid: number, mark: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    return environment.split('\0').includes(`${PROCESS_MARK}=${mark}`);
  } catch {
    // It ended, or belongs to somebody else.
    return false;
  }
}
