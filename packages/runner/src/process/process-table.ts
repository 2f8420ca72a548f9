import { readdir, readFile } from 'node:fs/promises';

/** A line of the process table, as Linux tells it in `/proc/PID/stat` (proc(5)). */
export interface ProcessEntry {
  pid: number;
  parent: number;
  /** R running, S sleeping, D in the kernel, Z ended but not yet collected, … */
  state: string;
  /** When it started, in clock ticks since boot. With the pid it names one process for ever, also after the pid is reused. */
  startTicks: number;
  residentPages: number;
}

/** Every process this one can see. Processes that end meanwhile are left out. */
export async function readProcessTable(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(readProcessEntry));
  return entries.filter((entry) => entry !== undefined);
}

export async function readProcessEntry(pid: number): Promise<ProcessEntry | undefined> {
  try {
    return parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param stat e.g. `12 (a (odd) name) S 1 …`: the name is in parentheses and may hold any character, so fields count from the last `)`. */
export function parseProcessStat(stat: string): ProcessEntry | undefined {
  const end = stat.lastIndexOf(')');
  const [state, ...numbers] = stat.slice(end + 2).split(' ');
  const [parent, startTicks, residentPages] = [numbers[0], numbers[18], numbers[20]].map(Number);
  const pid = Number.parseInt(stat, 10);
  if (!state || parent === undefined || startTicks === undefined || residentPages === undefined) return undefined;
  if (![pid, parent, startTicks, residentPages].every(Number.isFinite)) return undefined;
  return { pid, parent, state, startTicks, residentPages };
}
