import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostedProcess } from '../../process/hosted-process.ts';
import { measureProcesses } from '../../process/process-usage.ts';
import { type Cgroups, findCgroups } from '../cgroup/cgroups.ts';
import { DiskWatchdog } from '../disk/disk-watchdog.ts';
import { LimitCounters } from '../limit/limit-counters.ts';
import { ProcessorShares } from '../processor/processor-shares.ts';
import type { SandboxPlace } from '../open-sandbox.ts';
import { makeFolders, type SandboxFolders, sandboxFolders } from '../sandbox-folders.ts';
import type { SandboxRecord } from '../sandbox-record.ts';
import { SandboxRegister, type SandboxRegisterOptions } from '../sandbox-register.ts';
import type { ReadOnlyMount, Sandbox, SandboxDriver, SandboxPaths, SandboxProbe, SandboxSpec, SandboxUsage } from '../sandbox.ts';
import { buildSeccompFilter, type Machine, thisMachine } from '../seccomp/seccomp-filter.ts';
import { launchInBubblewrap } from './bubblewrap-launch.ts';
import { INSIDE_PATHS, INSIDE_USER } from './command-line.ts';
import { type Launch, STAGE } from './launch-script.ts';
import { type WatchedGroup, watchLimits } from './limit-watch.ts';
import { readOpenFilesCeiling } from './open-files-ceiling.ts';
import { probeBubblewrap } from './probe.ts';
import { chooseSessionUser, forgetSessionUser, giveFolders, keepSessionUser, readSessionUser } from './session-user.ts';
import { DEFAULT_USERS, type UserRange } from './user-range.ts';
import { machineFileMasks, systemMounts, writeOwnSettings } from './system-tree.ts';

export interface BubblewrapDriverOptions extends SandboxRegisterOptions {
  /** The host's user ids for sessions, when the runner is root. */
  users?: UserRange;
}

/** Sandboxes made by bubblewrap, limited by control groups where this process may make them. */
export class BubblewrapDriver implements SandboxDriver {
  readonly kind = 'bubblewrap';
  readonly #register: SandboxRegister;
  readonly #stateDir: string;
  readonly #users: UserRange | undefined;
  readonly #disk = new DiskWatchdog();
  readonly #counters = new LimitCounters();
  readonly #processors = new ProcessorShares();
  #cgroups: Promise<Cgroups | undefined> | undefined;

  constructor(options: BubblewrapDriverOptions) {
    this.#register = new SandboxRegister(options);
    this.#stateDir = options.stateDir;
    this.#users = process.getuid?.() === 0 ? (options.users ?? DEFAULT_USERS) : undefined;
  }

  probe(): Promise<SandboxProbe> {
    return probeBubblewrap({
      driver: this,
      stateDir: this.#stateDir,
      users: this.#users,
      findCgroups: () => this.#findCgroups(),
    });
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    const machine = thisMachine();
    if (!machine) throw new Error(`sandboxes need x64 or arm64, not ${process.arch}`);
    const cgroups = await this.#findCgroups();
    const users = this.#users;
    const watchdogs = { disk: this.#disk, counters: this.#counters, processors: this.#processors };
    const earlier = users && (await readSessionUser(spec.root, users));
    return this.#register.open(spec, {
      cgroups: (incarnation) => cgroups?.folders(groupName(incarnation)) ?? [],
      chooseUser: (taken) => (users ? chooseSessionUser(spec.sessionId, earlier, taken, users) : null),
      async make(record, folders) {
        const group = groupName(record.incarnation);
        // Both are waited for, also if one fails: whoever clears up after it must find all there is.
        const [made, limited] = await Promise.allSettled([
          prepareFolders(folders, record.uid, earlier),
          cgroups?.create(group, spec.limits),
        ]);
        for (const outcome of [made, limited]) if (outcome.status === 'rejected') throw outcome.reason;
        const place = await makePlace(spec, record, folders, cgroups, machine);
        return { ...place, watch: watchLimits({ limits: spec.limits, folders, cgroup: cgroups && cgroupOf(cgroups, group) }, watchdogs) };
      },
    });
  }

  sweep(live: ReadonlySet<string>): Promise<string[]> {
    return this.#register.sweep(live);
  }

  #findCgroups(): Promise<Cgroups | undefined> {
    this.#cgroups ??= findCgroups();
    return this.#cgroups;
  }
}

async function prepareFolders(folders: SandboxFolders, uid: number | null, earlier: number | undefined): Promise<void> {
  await makeFolders(folders);
  if (uid !== null) await giveFolders(folders, uid, earlier);
}

async function makePlace(
  spec: SandboxSpec,
  record: SandboxRecord,
  folders: SandboxFolders,
  cgroups: Cgroups | undefined,
  machine: Machine,
): Promise<Omit<SandboxPlace, 'record' | 'folders'>> {
  const wanted = spec.readOnlyMounts ?? [];
  const { limits } = spec;
  const user = record.uid;
  if (user !== null) await makeMountPlaces(folders, wanted);
  const staged = user !== null;
  const seenFolders = staged ? sandboxFolders(STAGE) : folders;
  const interior = {
    folders: seenFolders,
    readOnlyMounts: staged ? wanted.map(({ target }, index) => ({ source: mountPlace(seenFolders, index), target })) : wanted,
    ownSettings: await writeOwnSettings(join(folders.system, 'etc'), INSIDE_USER),
    system: await systemMounts(),
    masks: await machineFileMasks(),
    limits,
  };
  const mounts = wanted.map(({ source }, index) => ({ source, index }));
  const launch: Launch = {
    joining: cgroups?.joining(groupName(record.incarnation)) ?? [],
    limits,
    openFilesCeiling: await readOpenFilesCeiling(),
    get stage() {
      if (user === null) return undefined;
      return { uid: user, folders, mounts: mounts.map(({ source, index }) => ({ source, place: mountPlace(folders, index) })) };
    },
  };
  const place = { incarnation: record.incarnation, launch, interior, seccomp: buildSeccompFilter(machine), proxy: spec.proxy };
  const paths = pathsOf(folders);
  return {
    paths,
    seen: () => [
      { host: paths.hostWorkspace, inside: paths.workspace },
      { host: paths.hostHome, inside: paths.home },
      { host: paths.hostRun, inside: paths.run },
      ...wanted.map(({ source, target }) => ({ host: source, inside: target })),
    ],
    move: {
      async before(to) {
        await mkdir(to.root, { recursive: true, mode: 0o700 });
        await forgetSessionUser(to.root);
      },
      async after() {
        if (user === null) return;
        await chown(folders.root, user, user);
        await keepSessionUser(folders.root, user);
      },
    },
    launch: (command, args, options) => launchInBubblewrap(place, command, args, options),
    usage: (running) => (cgroups ? cgroups.usage(groupName(record.incarnation)) : measure(running)),
  };
}

function pathsOf(folders: SandboxFolders): SandboxPaths {
  return {
    ...INSIDE_PATHS,
    get hostWorkspace() {
      return folders.workspace;
    },
    get hostHome() {
      return folders.home;
    },
    get hostRun() {
      return folders.run;
    },
  };
}

/** What root's mounts are bound to on their way inside: a folder, or an empty file for a file. */
async function makeMountPlaces(folders: SandboxFolders, mounts: readonly ReadOnlyMount[]): Promise<void> {
  await mkdir(join(folders.system, 'mounts'));
  const makePlace = async ({ source }: ReadOnlyMount, index: number): Promise<void> => {
    const place = mountPlace(folders, index);
    if ((await stat(source)).isDirectory()) await mkdir(place);
    else await writeFile(place, '');
  };
  await Promise.all(mounts.map(makePlace));
}

function mountPlace(folders: SandboxFolders, index: number): string {
  return join(folders.system, 'mounts', `${index}`);
}

function cgroupOf(cgroups: Cgroups, group: string): WatchedGroup {
  return {
    hits: () => cgroups.hits(group),
    ...(cgroups.weighs && {
      processor: { usedMs: () => cgroups.processorMs(group), weigh: (share: number) => cgroups.weigh(group, share) },
    }),
  };
}

function groupName(incarnation: string): string {
  return `ai-sessions.${incarnation}`;
}

async function measure(running: ReadonlySet<HostedProcess>): Promise<SandboxUsage> {
  const pids = [...running].map(({ pid }) => pid).filter((pid) => pid !== undefined);
  return { ...(await measureProcesses(pids)), oomKills: null };
}
