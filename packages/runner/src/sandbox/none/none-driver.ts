import { spawn } from 'node:child_process';
import { HostedProcess } from '../../process/hosted-process.ts';
import { findMarked, PROCESS_MARK } from '../../process/process-mark.ts';
import { measureProcesses } from '../../process/process-usage.ts';
import type { SandboxPlace } from '../open-sandbox.ts';
import { makeFolders, type SandboxFolders } from '../sandbox-folders.ts';
import { SandboxRegister, type SandboxRegisterOptions } from '../sandbox-register.ts';
import type { Sandbox, SandboxDriver, SandboxProbe, SandboxSpawnOptions, SandboxSpec } from '../sandbox.ts';

/**
 * For development, where bubblewrap is not: programs run as the runner's user, with the runner's rights, on the host's files.
 * Nothing is isolated and nothing limited. Only the ending is kept, as far as it can be: programs carry a mark in their environment, and what
 * hides from that (an emptied environment and a lost parent) stays.
 */
export class NoneDriver implements SandboxDriver {
  readonly kind = 'none';
  readonly #register: SandboxRegister;

  constructor(options: SandboxRegisterOptions) {
    this.#register = new SandboxRegister(options);
  }

  async probe(): Promise<SandboxProbe> {
    if (process.platform === 'linux')
      return { ok: true, problems: [], notes: ['sessions are not isolated: they can do whatever this user can'] };
    return { ok: false, problems: [{ what: 'sessions need Linux', mend: 'run it in a Linux virtual machine or container' }], notes: [] };
  }

  create(spec: SandboxSpec): Promise<Sandbox> {
    return this.#register.open(spec, {
      cgroups: () => [],
      chooseUser: () => null,
      async make({ incarnation }, folders) {
        await makeFolders(folders);
        return makePlace(incarnation, folders, spec);
      },
    });
  }

  sweep(live: ReadonlySet<string>): Promise<string[]> {
    return this.#register.sweep(live);
  }
}

function makePlace(
  incarnation: string,
  { workspace, home, run }: SandboxFolders,
  spec: SandboxSpec,
): Omit<SandboxPlace, 'record' | 'folders'> {
  const here = (host: string): { host: string; inside: string } => ({ host, inside: host });
  const seen = [workspace, home, run, ...(spec.readOnlyMounts ?? []).map(({ source }) => source)].map(here);
  return {
    paths: { workspace, home, run, hostWorkspace: workspace, hostHome: home, hostRun: run },
    seen: () => seen,
    launch: (command, args, options) => launch(command, args, options, { incarnation, workspace, home }),
    async usage() {
      const marked = await findMarked(incarnation);
      return { ...(await measureProcesses(marked.map(({ pid }) => pid))), oomKills: null };
    },
  };
}

function launch(
  command: string,
  args: readonly string[],
  options: SandboxSpawnOptions,
  place: { incarnation: string; workspace: string; home: string },
): HostedProcess {
  const cwd = options.cwd ?? place.workspace;
  const child = spawn(command, args, {
    cwd,
    env: { HOME: place.home, ...options.env, PWD: cwd, [PROCESS_MARK]: place.incarnation },
    stdio: 'pipe',
    // A process group of its own, so that the program's children can be ended with it.
    detached: true,
  });
  const endGroup = (): boolean => signalGroup(child.pid, 'SIGKILL');
  child.once('exit', endGroup);
  return new HostedProcess(child, {
    signal: options.signal,
    deliver: (signal) => (signal === 'SIGKILL' ? endGroup() : child.kill(signal)),
  });
}

function signalGroup(leader: number | undefined, signal: NodeJS.Signals): boolean {
  if (leader === undefined) return false;
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
