import { readFileSync, readdirSync } from 'node:fs';

/** Memory of a process in MB: its proportional share where the kernel tells, else its resident set; 0 when it is gone. */
export function memoryOf(pid: number): number {
  try {
    return fieldOf(`/proc/${pid}/smaps_rollup`, 'Pss');
  } catch {
    try {
      return fieldOf(`/proc/${pid}/status`, 'VmRSS');
    } catch {
      return 0;
    }
  }
}

/** Memory of a process in MB that is resident, what it shares with others included. */
export function residentMemoryOf(pid: number): number {
  return fieldOf(`/proc/${pid}/status`, 'VmRSS');
}

/** The most of it that there has been since the process began. */
export function mostResidentMemoryOf(pid: number): number {
  return fieldOf(`/proc/${pid}/status`, 'VmHWM');
}

/** All processes below this one, without those of Claude Code itself. */
export function helpersBelow(pid: number): number[] {
  const all = readdirSync('/proc').flatMap((name) => processRow(name));
  const below = new Set([pid]);
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const row of all) if (below.has(row.parent)) below.add(row.pid);
  }
  return all.filter((row) => row.pid !== pid && below.has(row.pid) && row.name !== 'claude').map((row) => row.pid);
}

function fieldOf(file: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`${file} has no ${name}`);
  return Number(kilobytes) / 1024;
}

function processRow(name: string): { pid: number; parent: number; name: string }[] {
  if (!/^\d+$/.test(name)) return [];
  try {
    const [, program = '', rest = ''] = /\((.*)\) (.*)$/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
    return [{ pid: Number(name), parent: Number(rest.split(' ')[1]), name: program }];
  } catch {
    return [];
  }
}
