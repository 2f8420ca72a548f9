import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ScriptedModel, startScriptedModel } from '@ai-sessions/scripted-model';
import { until } from './until.ts';
import { User } from './user.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

export interface SystemOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where its data is kept; a fresh folder if absent. */
  readonly dataDir?: string;
  /** Arguments of `npm start`. */
  readonly arguments?: readonly string[];
  /** How many requests the scripted model remembers; default 200. */
  readonly recordedRequests?: number;
}

/**
 * A whole installation as `npm start` makes it: launcher, server and runner as processes of their own, with the
 * scripted model as the upstream. Ended and cleaned up on disposal.
 */
export class System implements AsyncDisposable {
  readonly dataDir: string;
  readonly model: ScriptedModel;
  readonly #env: NodeJS.ProcessEnv;
  readonly #keepData: boolean;
  readonly #arguments: readonly string[];
  #launcher: ChildProcess | null = null;
  #url = '';
  output = '';
  signInLink = '';

  private constructor(model: ScriptedModel, options: SystemOptions) {
    this.model = model;
    this.#keepData = options.dataDir !== undefined;
    this.#arguments = options.arguments ?? [];
    this.dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'ai sessions '));
    this.#env = {
      ...process.env,
      AI_SESSIONS_PORT: '0',
      AI_SESSIONS_DATA_DIR: this.dataDir,
      AI_SESSIONS_MODEL_UPSTREAM: model.url,
      AI_SESSIONS_LIMITS: JSON.stringify({
        create_session_per_minute: 1000,
        register_per_minute: 1000,
        prompts_per_minute: 10_000,
        concurrent_sessions: 100,
      }),
      AI_SESSIONS_LOG_LEVEL: 'info',
      // Without spares: tests count and kill processes, and most have one session.
      AI_SESSIONS_WARM_POOL: '0',
      ...options.env,
    };
  }

  static async start(options: SystemOptions = {}): Promise<System> {
    const system = new System(await startScriptedModel({ recordedRequests: options.recordedRequests ?? 200 }), options);
    try {
      await system.launch();
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    return system;
  }

  get url(): string {
    return this.#url;
  }

  /** Starts the launcher and waits until a runner is connected. */
  async launch(): Promise<void> {
    const launcher = spawn(process.execPath, [path.join(root, 'packages/launcher/src/start.mjs'), ...this.#arguments], {
      cwd: root,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#launcher = launcher;
    const from = this.output.length;
    for (const stream of [launcher.stdout, launcher.stderr])
      stream.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-1_000_000)));
    const said = () => this.output.slice(from);
    await until(
      () => /Sign in.*:\n.*http/.test(said()) || launcher.exitCode !== null,
      () => `the launcher did not come up:\n${said()}`,
    );
    if (launcher.exitCode !== null) throw new Error(`the launcher ended:\n${said()}`);
    this.#url = /runs at (http:\S+)/.exec(said())?.[1] ?? '';
    this.signInLink = /(http:\S+sign-in#code=\S+)/.exec(said())?.[1] ?? '';
    // Started again it has to be found where it was.
    this.#env['AI_SESSIONS_PORT'] = new URL(this.#url).port;
    await this.ready();
  }

  /** Waits until the server is up and a runner is connected. */
  async ready(): Promise<void> {
    await until(
      async () => (await fetch(`${this.#url}/readyz`).catch(() => null))?.ok === true,
      () => `not ready:\n${this.output.slice(-4000)}`,
    );
  }

  /** Ends the launcher as an operator does. Gives its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const launcher = this.#launcher;
    if (launcher === null || launcher.exitCode !== null || launcher.signalCode !== null) return launcher?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => launcher.once('exit', (code) => resolve(code)));
    launcher.kill(signal);
    return await exited;
  }

  /** The process id of a part, found among the launcher's children. */
  pid(part: 'server' | 'runner'): number {
    const children = processes().filter(({ parent }) => parent === this.#launcher?.pid);
    const found = children.find(({ command }) => command.includes(`packages/${part}/src/bin.ts`));
    if (found === undefined) throw new Error(`no ${part} process`);
    return found.pid;
  }

  /** Kills a part with SIGKILL and waits until the launcher has started another. */
  async kill(part: 'server' | 'runner'): Promise<void> {
    await this.#replace(part, 'SIGKILL');
  }

  /** Ends a part with SIGTERM, as a rolling restart does, and waits until the launcher has started another. */
  async restart(part: 'server' | 'runner'): Promise<void> {
    await this.#replace(part, 'SIGTERM');
  }

  /** Kills everything at once, sandboxes included, as a machine that loses its power does. */
  async vanish(): Promise<void> {
    const launcher = this.#launcher;
    if (launcher?.pid === undefined) throw new Error('nothing runs');
    const gone = new Promise((resolve) => launcher.once('exit', resolve));
    const own = this.#below([launcher.pid]).map(({ pid }) => pid);
    for (const pid of [launcher.pid, ...own]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with the one before it.
      }
    }
    await gone;
    await until(() => processes().every(({ pid }) => !own.includes(pid)));
  }

  async #replace(part: 'server' | 'runner', signal: NodeJS.Signals): Promise<void> {
    const pid = this.pid(part);
    process.kill(pid, signal);
    await until(
      () => {
        try {
          return this.pid(part) !== pid;
        } catch {
          return false;
        }
      },
      () => `the ${part} was not started again`,
    );
  }

  /** A token for this user from the running installation, as `npm run token` prints it. */
  async token(email: string, ttlSeconds = 3600): Promise<string> {
    const { stdout } = await run(process.execPath, [path.join(root, 'packages/server/src/token.ts'), email, '--ttl', String(ttlSeconds)], {
      env: this.#env,
    });
    return stdout.trim();
  }

  /** A registered user with a stored key. */
  async user(email = 'ada@example.com', apiKey: string | null = `sk-ant-test-${email}`): Promise<User> {
    const user = new User(this.#url, await this.token(email));
    await user.call('POST', '/v1/register', undefined, 200);
    if (apiKey !== null) await user.call('POST', '/v1/auth/claude/apikey', { api_key: apiKey }, 200);
    return user;
  }

  /** The Claude Code processes of this installation, without the programs that made their sandboxes. */
  claudeProcesses(): ProcessRow[] {
    return this.#below([this.pid('runner')]).filter(({ command }) => /^\S*\/claude /.test(command));
  }

  #below(roots: readonly number[]): ProcessRow[] {
    const all = processes();
    const below = new Set(roots);
    for (let size = 0; size !== below.size;) {
      size = below.size;
      for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
    }
    return all.filter(({ pid }) => below.has(pid) && !roots.includes(pid));
  }

  /** Kills the one Claude Code there is with SIGKILL. */
  killClaude(): void {
    const [claude, ...others] = this.claudeProcesses();
    if (claude === undefined || others.length > 0) throw new Error(`not one Claude Code but: ${JSON.stringify(this.claudeProcesses())}`);
    process.kill(claude.pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.model.close();
    if (!this.#keepData) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes of this machine that can be seen. */
export function processes(): ProcessRow[] {
  return readdirSync('/proc').flatMap((name): ProcessRow[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
    } catch {
      return [];
    }
  });
}
