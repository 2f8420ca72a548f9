import { readFileSync } from 'node:fs';

/** Of `utime` and `stime` in `/proc/PID/stat` (proc(5)): 100 a second on every Linux that Node runs on. */
const msPerTick = 10;

/** The processor time that a process has used so far, its threads included, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the program's name, which may hold anything, stands the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
