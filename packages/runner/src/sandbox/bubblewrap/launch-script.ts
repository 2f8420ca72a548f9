import type { SandboxFolders } from '../sandbox-folders.ts';
import type { SandboxLimits } from '../sandbox-limits.ts';

/**
 * Where root shows a session's folders to bwrap, in a mount namespace of this launch alone: FHS's place for temporary mounts.
 * bwrap takes nothing else from it.
 */
export const STAGE = '/mnt';

export interface Launch {
  /** Files by which to join the control group, see `Cgroups.joining`. */
  joining: readonly string[];
  limits: SandboxLimits;
  /** Most open files that this process may allow its children. */
  openFilesCeiling: number;
  /** Set when running as root: the folders to show on the stage, and the user to become. */
  stage?: { folders: SandboxFolders; mounts: readonly { source: string; place: string }[]; uid: number } | undefined;
}

/**
 * The shell script that becomes bwrap: joins the control group, lowers the limits, and as root drops to the session's user.
 * The program to run follows as the script's arguments. File descriptor `argsFd` carries bwrap's options.
 *
 * The data folder is 0700 and stays so: the session's user could not pass through it. So root binds the session's folders onto the
 * stage first, which only this process and its children see. bwrap cannot do it after the drop, not even with `--bind-fd`, because
 * it resolves the path of each folder.
 */
export function launchScript(launch: Launch, argsFd: number): string {
  const { limits, stage } = launch;
  const lines = [
    'set -eu',
    ...launch.joining.map((file) => `echo 0 > ${quote(file)}`),
    'ulimit -c 0',
    // Else a session whose runner may have them could have priorities that leave nothing to anybody.
    'ulimit -r 0',
    `ulimit -n ${Math.min(limits.open_files, launch.openFilesCeiling)}`,
    // POSIX counts blocks of 512 bytes.
    `ulimit -f ${limits.workspace_mb * 2048}`,
  ];
  // Without a control group of its own a session at least comes after the host's programs. Nobody inside can take it back (RLIMIT_NICE).
  const nice = launch.joining.length > 0 ? '' : 'nice -n 5 ';
  // Without new privileges a bwrap that is set-user-id, as some systems have it, is an ordinary program like everywhere else.
  const bwrap = `--no-new-privs bwrap --args ${argsFd} -- "$@"`;
  if (!stage) return [...lines, `exec ${nice}setpriv ${bwrap}`].join('\n');
  return [
    ...lines,
    ...stage.mounts.map(({ source, place }) => `mount --bind ${quote(source)} ${quote(place)}`),
    // Last, for a source may lie below the stage.
    `mount --rbind ${quote(stage.folders.root)} ${STAGE}`,
    `exec ${nice}setpriv --reuid ${stage.uid} --regid ${stage.uid} --clear-groups --inh-caps=-all --bounding-set=-all ${bwrap}`,
  ].join('\n');
}

/** The command that runs the script. Root's mounts stay in a namespace of their own, and the host's unmounts reach into it. */
export function launchCommand(script: string, staged: boolean, program: readonly string[]): [string, string[]] {
  const shell = ['sh', '-c', script, 'sh', ...program];
  return staged ? ['unshare', ['--mount', '--propagation', 'slave', '--', ...shell]] : ['sh', shell.slice(1)];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
