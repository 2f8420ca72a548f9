import { join } from 'node:path';
import type { SandboxLimits } from '../sandbox-limits.ts';
import type { SandboxFolders } from '../sandbox-folders.ts';

/** The user inside, whatever it is outside. */
export const INSIDE_USER = { uid: 1000, name: 'agent', home: '/home/agent' };

export const INSIDE_PATHS = { workspace: '/workspace', home: INSIDE_USER.home, run: '/run/session' };

const MIB = 1024 * 1024;

export interface Interior {
  /** Where bwrap finds the session's folders, and each read-only mount. */
  folders: SandboxFolders;
  readOnlyMounts: readonly { source: string; target: string }[];
  ownSettings: readonly string[];
  /** Options for the host's system and for what to hide of `/proc`. */
  system: readonly string[];
  masks: readonly string[];
  limits: SandboxLimits;
}

export interface InteriorDescriptors {
  seccomp: number;
  info: number;
}

/**
 * bwrap's options. They are handed over through a file descriptor (`--args`), so that no environment value stands on a command line.
 * Their order is the order of the mounts: what lies on top of something comes after it.
 */
export function bubblewrapOptions(
  interior: Interior,
  env: Readonly<Record<string, string>>,
  cwd: string,
  fds: InteriorDescriptors,
): string[] {
  const { folders, limits } = interior;
  return [
    ['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL', '--die-with-parent', '--new-session', '--clearenv'],
    ['--uid', `${INSIDE_USER.uid}`, '--gid', `${INSIDE_USER.uid}`, '--hostname', 'sandbox'],
    ['--seccomp', `${fds.seccomp}`, '--info-fd', `${fds.info}`],
    // Folders that bwrap makes on the way to a mount are 0700 otherwise.
    ['/etc', '/home', '/opt', '/run'].flatMap((path) => ['--perms', '0755', '--dir', path]),
    interior.system,
    interior.ownSettings.flatMap((name) => ['--ro-bind', join(folders.system, 'etc', name), `/etc/${name}`]),
    ['--proc', '/proc', '--dev', '/dev'],
    interior.masks,
    sizedTmpfs('/tmp', limits.tmp_mb),
    sizedTmpfs('/dev/shm', limits.tmp_mb),
    interior.readOnlyMounts.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ['--bind', folders.workspace, INSIDE_PATHS.workspace, '--bind', folders.home, INSIDE_PATHS.home],
    ['--ro-bind', folders.run, INSIDE_PATHS.run],
    ['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', cwd],
    Object.entries({ HOME: INSIDE_PATHS.home, ...env }).flatMap(([name, value]) => ['--setenv', name, value]),
  ].flat();
}

function sizedTmpfs(path: string, mib: number): string[] {
  return ['--perms', '1777', '--size', `${mib * MIB}`, '--tmpfs', path];
}
