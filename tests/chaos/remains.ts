import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { until } from '../harness/until.ts';
import { type Installation, hostedClaudes, processesOf } from './installation.ts';
import { Findings, type Problem } from './problem.ts';

/** How much of each kind of thing an installation holds. */
export interface Holdings {
  readonly claudes: number;
  readonly serverFiles: number;
  readonly serverSockets: number;
  readonly runnerFiles: number;
  readonly runnerSockets: number;
  readonly folders: number;
  readonly socketFiles: number;
  readonly cgroups: number;
  readonly serverMb: number;
  readonly runnerMb: number;
}

/** Counts what there is now for these sessions. */
export function holdings({ system }: Installation, sessions: ReadonlySet<string>): Holdings {
  const server = descriptors(system.pid('server'));
  const runner = descriptors(system.pid('runner'));
  return {
    claudes: hostedClaudes(system).filter(({ sessionId }) => sessionId !== null && sessions.has(sessionId)).length,
    serverFiles: server.files,
    serverSockets: server.sockets,
    runnerFiles: runner.files,
    runnerSockets: runner.sockets,
    folders: sessionFolders(system.dataDir).filter((name) => sessions.has(name)).length,
    socketFiles: files(system.dataDir).filter((name) => name.endsWith('.sock') && [...sessions].some((id) => name.includes(id))).length,
    cgroups: cgroupsOf(sessions).length,
    serverMb: residentMb(system.pid('server')),
    runnerMb: residentMb(system.pid('runner')),
  };
}

/** Once all sessions have ended and their records are deleted: waits a while for the last of them to go, then says what stays. */
export async function checkRemains(installation: Installation, sessions: ReadonlySet<string>, patienceMs = 20_000): Promise<Problem[]> {
  const findings = new Findings('the installation at rest');
  const left = () => {
    const { claudes, folders, socketFiles, cgroups } = holdings(installation, sessions);
    return { claudes, folders, socketFiles, cgroups };
  };
  const empty = () => Object.values(left()).every((count) => count === 0);
  await until(empty, () => '', patienceMs).catch(() => undefined);
  for (const [kind, count] of Object.entries(left())) if (count > 0) findings.add('remains', `${count} ${kind}`, count);
  return findings.problems;
}

/** After the installation was stopped: nothing of it runs. */
export async function checkStopped(dataDir: string, sessions: ReadonlySet<string>): Promise<Problem[]> {
  const findings = new Findings('the stopped installation');
  await until(
    () => processesOf(dataDir, sessions).length === 0,
    () => '',
    10_000,
  ).catch(() => undefined);
  for (const line of processesOf(dataDir, sessions)) findings.add('remains', `process ${line}`);
  for (const name of cgroupsOf(sessions)) findings.add('remains', `cgroup ${name}`);
  return findings.problems;
}

/** Open descriptors of a process, and how many of them are sockets. */
export function descriptors(pid: number): { files: number; sockets: number } {
  const all = readdirSync(`/proc/${pid}/fd`);
  const targets = all.map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return '';
    }
  });
  return { files: all.length, sockets: targets.filter((target) => target.startsWith('socket:')).length };
}

export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

function sessionFolders(dataDir: string): string[] {
  try {
    return readdirSync(path.join(dataDir, 'runner/sessions'));
  } catch {
    return [];
  }
}

function files(dataDir: string): string[] {
  try {
    return readdirSync(path.join(dataDir, 'runner'), { recursive: true }).map(String);
  } catch {
    return [];
  }
}

function cgroupsOf(sessions: ReadonlySet<string>): string[] {
  const roots = readdirSync('/sys/fs/cgroup').map((name) => path.join('/sys/fs/cgroup', name));
  return roots.flatMap((root) => {
    try {
      return readdirSync(root, { recursive: true })
        .map(String)
        .filter((name) => {
          const id = /(ses_[\w-]+)[^/]*$/.exec(name)?.[1];
          return id !== undefined && sessions.has(id);
        });
    } catch {
      return [];
    }
  });
}
