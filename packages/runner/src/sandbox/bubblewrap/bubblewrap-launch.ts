import { spawn, type StdioOptions } from 'node:child_process';
import { openSync } from 'node:fs';
import { constants } from 'node:os';
import { Readable, Writable } from 'node:stream';
import type { ExitOutcome } from '../../process/exit-outcome.ts';
import { HostedProcess } from '../../process/hosted-process.ts';
import { findInheritedDescriptors } from '../../process/inherited-descriptors.ts';
import { PROCESS_MARK } from '../../process/process-mark.ts';
import type { SandboxSpawnOptions } from '../sandbox.ts';
import { bubblewrapOptions, INSIDE_PATHS, type Interior } from './command-line.ts';
import { InnerProgram } from './inner-program.ts';
import { type Launch, launchCommand, launchScript } from './launch-script.ts';
import { forwarded, PROXY_ENVIRONMENT } from './proxy-forwarder.ts';

/** Where the host's own programs (bwrap, setpriv, mount, …) are looked for. The runner's PATH may hold a user's programs. */
export const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const ARGUMENTS_FD = 3;
const SECCOMP_FD = 4;
const INFO_FD = 5;

/** Signals that programs do not report about themselves by an exit code of 128 + number, but end by. */
const FATAL_SIGNALS = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSYS', 'SIGXFSZ'] as const;

export interface BubblewrapPlace {
  incarnation: string;
  launch: Launch;
  interior: Interior;
  seccomp: Buffer;
  /** Name of the proxy's socket in `run`, if there is one. */
  proxy: string | undefined;
}

/** Starts a program in a bwrap of its own: its own processes, network and /tmp, the sandbox's workspace, home and control group. */
export function launchInBubblewrap(
  place: BubblewrapPlace,
  command: string,
  args: readonly string[],
  options: SandboxSpawnOptions,
): HostedProcess {
  const fds = { seccomp: SECCOMP_FD, info: INFO_FD };
  const { proxy } = place;
  const env = proxy === undefined ? options.env : { ...options.env, ...PROXY_ENVIRONMENT };
  const program = [...(proxy === undefined ? [] : forwarded(proxy, options.networkLater === true)), command, ...args];
  const bwrapOptions = bubblewrapOptions(place.interior, env, options.cwd ?? INSIDE_PATHS.workspace, fds);
  const argumentsText = encodeOptions(bwrapOptions);
  const script = launchScript(place.launch, ARGUMENTS_FD);
  const [file, fileArgs] = launchCommand(script, place.launch.stage !== undefined, [...processLimit(place), ...program]);
  const child = spawn(file, fileArgs, {
    // The runner's folder may be closed to the session's user.
    cwd: '/',
    env: { PATH: HOST_PATH, [PROCESS_MARK]: place.incarnation },
    stdio: standardIo(),
    // Else a Ctrl-C in the runner's terminal would end every session at once.
    detached: true,
  });
  const inner = new InnerProgram();
  const hosted = new HostedProcess(child, {
    signal: options.signal,
    deliver: (signal) => (signal !== 'SIGKILL' && inner.signal(signal)) || child.kill('SIGKILL'),
    readEnding,
  });
  const [, , , argumentsPipe, seccompPipe, infoPipe] = child.stdio as readonly unknown[];
  if (infoPipe instanceof Readable) inner.watch(infoPipe);
  send(argumentsPipe, argumentsText);
  send(seccompPipe, place.seccomp);
  return hosted;
}

let inherited: { fds: readonly number[]; nothing: number } | undefined;

/** Six pipes, and `/dev/null` in the place of every descriptor that the runner's own parent left open: it must not lead out of the sandbox. */
function standardIo(): StdioOptions {
  inherited ??= { fds: findInheritedDescriptors(), nothing: openSync('/dev/null', 'r') };
  const { fds, nothing } = inherited;
  const length = Math.max(INFO_FD, ...fds) + 1;
  return Array.from({ length }, (_, fd) => (fd <= INFO_FD ? 'pipe' : fds.includes(fd) ? nothing : 'ignore'));
}

/**
 * Without a control group the processes are limited by the kernel's count per user, which begins anew in the user namespace; and their priority
 * counts among all processes of the machine, so that none may raise it.
 */
function processLimit({ launch }: BubblewrapPlace): string[] {
  return launch.joining.length > 0 ? [] : ['/usr/bin/prlimit', `--nproc=${launch.limits.pids}`, '--nice=0', '--'];
}

/** bwrap tells of a program ended by a signal as a shell does: 128 + its number. */
function readEnding(ending: Pick<ExitOutcome, 'exitCode' | 'signal'>): Pick<ExitOutcome, 'exitCode' | 'signal'> {
  const signal = FATAL_SIGNALS.find((name) => ending.exitCode === 128 + constants.signals[name]);
  return signal ? { exitCode: null, signal } : ending;
}

/** A zero byte within an option would begin another one: whoever sets an environment value could then mount the host. */
function encodeOptions(options: readonly string[]): string {
  if (options.some((option) => option.includes('\0')))
    throw new Error('the environment and the folder of a program must not hold a zero byte');
  return options.map((option) => `${option}\0`).join('');
}

function send(stream: unknown, data: string | Buffer): void {
  if (!(stream instanceof Writable)) return;
  // bwrap closes its end early when it fails; its exit code and stderr tell why.
  stream.on('error', () => {});
  stream.end(data);
}
