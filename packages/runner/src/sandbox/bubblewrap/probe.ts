import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitOutcome } from '../../process/exit-outcome.ts';
import type { Cgroups } from '../cgroup/cgroups.ts';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import type { SandboxDriver, SandboxProbe, SandboxProblem } from '../sandbox.ts';
import { thisMachine } from '../seccomp/seccomp-filter.ts';
import { HOST_PATH } from './bubblewrap-launch.ts';
import { explainFailure } from './probe-failure.ts';
import { accountsWithin, describeRange, type UserRange } from './user-range.ts';

interface Probed {
  driver: SandboxDriver;
  stateDir: string;
  /** The range of sessions' users; undefined: not root, they are all the runner's own. */
  users: UserRange | undefined;
  findCgroups(): Promise<Cgroups | undefined>;
}

/** Which Debian package brings a program that the driver calls. */
const PACKAGES: readonly { name: string; package: string; rootOnly?: boolean }[] = [
  { name: 'bwrap', package: 'bubblewrap' },
  // Forwards ports inside to the sockets; programs that know no Unix socket need it.
  { name: 'socat', package: 'socat' },
  { name: 'prlimit', package: 'util-linux' },
  { name: 'setpriv', package: 'util-linux' },
  { name: 'unshare', package: 'util-linux', rootOnly: true },
  { name: 'mount', package: 'mount', rootOnly: true },
];

export async function probeBubblewrap(probed: Probed): Promise<SandboxProbe> {
  if (process.platform !== 'linux' || !thisMachine()) {
    const what = `bubblewrap needs Linux on x64 or arm64, and this is ${process.platform} on ${process.arch}`;
    return { ok: false, problems: [{ what, mend: 'run it in a Linux virtual machine, or set AI_SESSIONS_SANDBOX=none' }], notes: [] };
  }
  const problems = await findMissingPrograms(probed.users !== undefined);
  if (problems.length === 0) {
    const failure = await tryOne(probed);
    if (failure) problems.push(failure);
  }
  return { ok: problems.length === 0, problems, notes: await takeNotes(probed) };
}

async function findMissingPrograms(asRoot: boolean): Promise<SandboxProblem[]> {
  const needed = PACKAGES.filter((program) => asRoot || !program.rootOnly);
  const there = await Promise.all(needed.map(({ name }) => isProgram(name)));
  const missing = needed.filter((_, index) => !there[index]);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((program) => program.package))].join(' ');
  return [{ what: `not installed: ${missing.map(({ name }) => name).join(', ')}`, mend: `apt-get install -y ${packages}` }];
}

async function isProgram(name: string): Promise<boolean> {
  const tries = HOST_PATH.split(':').map((folder) => access(join(folder, name), constants.X_OK));
  return Promise.any(tries).then(
    () => true,
    () => false,
  );
}

/** Only a sandbox that has been made proves that one can be made. */
async function tryOne({ driver, stateDir, users }: Probed): Promise<SandboxProblem | undefined> {
  let outcome: ExitOutcome;
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const root = await mkdtemp(join(stateDir, 'probe-'));
    try {
      await using sandbox = await driver.create({ sessionId: 'probe', root, limits: parseSandboxLimits(undefined) });
      outcome = await sandbox.spawn('/bin/sh', ['-c', 'exit 0'], { env: {} }).outcome;
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  } catch (error) {
    return explainFailure(error instanceof Error ? error.message : String(error), await readSwitches(), users);
  }
  return outcome.exitCode === 0 ? undefined : explainFailure(outcome.stderrTail, await readSwitches(), users);
}

async function takeNotes({ users, findCgroups }: Probed): Promise<string[]> {
  const notes: string[] = [];
  const asRoot = users !== undefined;
  const taken = users === undefined ? [] : accountsWithin(users, await readFile('/etc/passwd', 'utf8').catch(() => ''));
  if (users !== undefined && taken.length > 0)
    notes.push(
      `the user ids of sessions (${describeRange(users)}) are also those of accounts of this machine: ${taken.join(', ')}; set AI_SESSIONS_SANDBOX_USERS to a range that belongs to nobody`,
    );
  const cgroups = await findCgroups().catch(() => undefined);
  if (!cgroups) {
    notes.push(
      asRoot
        ? 'control groups cannot be made here (read-only or without memory and pids): memory and processor are not limited; mount /sys/fs/cgroup writable'
        : 'control groups cannot be made by this user: memory and processor are not limited; run as root, or with `systemd-run --user --scope -p Delegate=yes`',
    );
  }
  for (const limit of cgroups?.missing ?? []) notes.push(`the limit "${limit}" cannot be kept: the kernel's controller is not available`);
  if (cgroups?.weighs !== true)
    notes.push('sessions that keep the processor busy cannot be made to give way to others: that needs the controllers cpu and cpuacct');
  if (!asRoot) notes.push('not root: sessions run as this user; only the namespaces, not the user id, keep them apart');
  return notes;
}

/** Kernel settings that may forbid user namespaces. A missing one forbids nothing. */
async function readSwitches(): Promise<Map<string, string>> {
  const names = ['kernel.unprivileged_userns_clone', 'user.max_user_namespaces', 'kernel.apparmor_restrict_unprivileged_userns'];
  const values = await Promise.all(
    names.map((name) =>
      readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      ),
    ),
  );
  return new Map(names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]] as const])));
}
