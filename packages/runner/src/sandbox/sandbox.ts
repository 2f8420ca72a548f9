import type { Readable, Writable } from 'node:stream';
import type { ExitOutcome } from '../process/exit-outcome.ts';
import type { LimitListener } from './limit/limit-reached.ts';
import type { SandboxLimits } from './sandbox-limits.ts';

/** Makes and removes the isolated places in which sessions' processes run. */
export interface SandboxDriver {
  readonly kind: 'bubblewrap' | 'none';

  /** Tries whether sandboxes work on this machine, by making one. Takes some 50 ms. Never throws. */
  probe(): Promise<SandboxProbe>;

  /**
   * Prepares the place for one incarnation of a session. What the session left in `workspace/` and `home/` earlier is there again.
   * Throws if the session id is not a plain name, if a sandbox of this driver is open on the same root, or if the machine refuses.
   */
  create(spec: SandboxSpec): Promise<Sandbox>;

  /**
   * Removes what an earlier runner (`kill -9`) left of its sandboxes: processes, cgroups, socket folders. Workspaces stay.
   * @param live ids of the sessions to leave alone. Sandboxes that are open in this driver, or whose runner lives, are left alone too.
   * @returns a line for each sandbox that was removed, for the log.
   */
  sweep(live: ReadonlySet<string>): Promise<string[]>;
}

export interface SandboxProbe {
  /** False: no sandbox can be made here; `problems` says why. */
  ok: boolean;
  problems: SandboxProblem[];
  /** What works less well here than it could, in one sentence each. */
  notes: string[];
}

export interface SandboxProblem {
  what: string;
  /** A command or a setting that mends it. */
  mend: string;
}

export interface SandboxSpec {
  /** Letters, digits, `-` and `_`. */
  sessionId: string;
  /** Absolute host folder of this session, made if need be. It holds `workspace/`, `home/` and, while the sandbox is open, `run/`. */
  root: string;
  limits: SandboxLimits;
  /** Programs to show inside: host file or folder → absolute path inside, outside of `/usr`, `/etc`, `/tmp`, `/dev` and `/proc`. */
  readOnlyMounts?: readonly ReadOnlyMount[];
  /**
   * The name of a socket in `run` on which an HTTP proxy listens: programs inside reach it by TCP, and find it in `HTTP_PROXY` and the like,
   * which are set over what they are given. A driver without a network of its own does nothing with it.
   */
  proxy?: string;
}

export interface ReadOnlyMount {
  source: string;
  target: string;
}

export interface Sandbox extends AsyncDisposable {
  readonly sessionId: string;
  readonly paths: SandboxPaths;

  /** Where a host path (in workspace, home, run or a read-only mount) is seen inside. Throws if it cannot be seen there. */
  inside(hostPath: string): string;

  /**
   * Where the runner listens, and where programs inside connect, for a socket in `run`. Both are short enough for a socket address (107 bytes),
   * however deep the root lies; valid until `kill()`. After listening, `adopt(host)`, else only the runner may connect.
   */
  socketAddress(name: string): SocketAddress;

  /**
   * Makes it the sandbox of a session that has neither a workspace nor a home yet: its folders become those of that session, and what runs inside
   * goes on without noticing (what is only just being spawned may fail). Host paths change, inside paths do not. Killed in the midst of it, the next `create` on either root works.
   * Throws if the session has such a folder or an open sandbox, or if this driver cannot; only `kill()` is of use then.
   */
  moveTo(session: Pick<SandboxSpec, 'sessionId' | 'root'>): Promise<void>;

  /** Gives a file, folder or socket, which the host has put into workspace, home or run, to the session's user. Follows no link. */
  adopt(hostPath: string): Promise<void>;

  /**
   * Starts a program inside. Each has processes, a network and a `/tmp` of its own; workspace, home, run and the limits are the sandbox's.
   * One that is not there is no exception but an `outcome`. Throws after `kill()`, and if the environment holds a zero byte.
   * Arguments are visible to every user of the host, the environment is not.
   */
  spawn(command: string, args: readonly string[], options: SandboxSpawnOptions): SandboxProcess;

  usage(): Promise<SandboxUsage>;

  /**
   * Calls the one listener there is whenever a limit is reached: for each limit at once, then at most once a minute. What was reached before
   * it listened is told first. Without limits nothing is ever told.
   */
  onLimit(listener: LimitListener): void;

  /**
   * Ends everything inside, the whole tree, and removes what the sandbox needed on the host; workspace and home stay. Idempotent.
   * Throws if something is still there after 5 s; the next call tries again.
   */
  kill(): Promise<void>;
}

export interface SocketAddress {
  host: string;
  inside: string;
}

export interface SandboxPaths {
  /** As programs inside see it. */
  readonly workspace: string;
  readonly home: string;
  /** Inside: the folder in which the sockets of `hostRun` are seen. Not writable inside. */
  readonly run: string;
  readonly hostWorkspace: string;
  readonly hostHome: string;
  readonly hostRun: string;
}

export interface SandboxSpawnOptions {
  /** The whole environment inside; only `HOME` (if not given), `PWD` and what tells of the proxy are added, and under `none` the mark `AI_SESSIONS_SANDBOX`. */
  env: Readonly<Record<string, string>>;
  /** Inside path, default the workspace. */
  cwd?: string;
  /** It takes a while before it wants the network: it is started without waiting until the proxy can be reached. */
  networkLater?: boolean;
  /** Aborting ends the program: SIGTERM, then SIGKILL. */
  signal?: AbortSignal;
}

/** A program in a sandbox. Fits the Agent SDK's `SpawnedProcess`. */
export interface SandboxProcess {
  /** The host's pid of what holds the program; undefined if it could not be started. */
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Its tail is kept in the outcome, whether or not anybody else reads it. */
  readonly stderr: Readable;
  /** True once a signal has been sent. */
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** Resolves when the program has ended, however; never rejects. */
  readonly outcome: Promise<ExitOutcome>;
  /** SIGKILL ends the program and all that it started; any other signal reaches the program alone. False when it has ended. */
  kill(signal?: NodeJS.Signals): boolean;
  on(event: 'exit', listener: ExitListener): this;
  on(event: 'error', listener: (error: Error) => void): this;
  once(event: 'exit', listener: ExitListener): this;
  once(event: 'error', listener: (error: Error) => void): this;
  off(event: 'exit', listener: ExitListener): this;
  off(event: 'error', listener: (error: Error) => void): this;
}

type ExitListener = (exitCode: number | null, signal: NodeJS.Signals | null) => void;

export interface SandboxUsage {
  /** Null: not known here. */
  memoryBytes: number | null;
  pids: number | null;
  /** Processes that were ended for want of memory since the sandbox was made. */
  oomKills: number | null;
}
