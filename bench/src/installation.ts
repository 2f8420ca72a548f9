import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Part } from './part.ts';
import { User } from './user.ts';
import { inTime, pause } from './waiting.ts';

const run = promisify(execFile);
const tokenProgram = path.resolve(import.meta.dirname, '../../packages/server/src/token.ts');

/** High enough that no row meets one. */
const limits = {
  create_session_per_minute: 1_000_000,
  register_per_minute: 1_000_000,
  prompts_per_minute: 1_000_000,
  ws_messages_per_second: 1_000_000,
  concurrent_sessions: 100_000,
};

export interface InstallationOptions {
  readonly modelUrl: string;
  /** False: the server alone, for a runner of the bench's own. */
  readonly runner: boolean;
  /** Settings beside those of every bench. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A server, and a runner if wanted, as processes of their own on a fresh data folder, with one registered user. */
export class Installation implements AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly user: User;
  readonly server: Part;
  readonly runner: Part | null;
  readonly #env: NodeJS.ProcessEnv;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    made: Pick<Installation, 'url' | 'dataDir' | 'user' | 'server' | 'runner'>,
    env: NodeJS.ProcessEnv,
    parts: AsyncDisposableStack,
  ) {
    this.url = made.url;
    this.dataDir = made.dataDir;
    this.user = made.user;
    this.server = made.server;
    this.runner = made.runner;
    this.#env = env;
    this.#parts = parts;
  }

  static async start({ modelUrl, runner: wanted, env: more = {}, signal }: InstallationOptions): Promise<Installation> {
    await using parts = new AsyncDisposableStack();
    const dataDir = parts.adopt(await mkdtemp(path.join(tmpdir(), 'ai-sessions-bench-')), (folder) =>
      rm(folder, { recursive: true, force: true }),
    );
    const env = {
      AI_SESSIONS_PORT: '0',
      AI_SESSIONS_DATA_DIR: dataDir,
      AI_SESSIONS_MODEL_UPSTREAM: modelUrl,
      AI_SESSIONS_LIMITS: JSON.stringify(limits),
      AI_SESSIONS_LOG_LEVEL: 'info',
      ...more,
    };
    const { part: server, message } = await Part.start({ entry: 'server/src/bin.ts', env, signal });
    parts.use(server);
    const url = String(message['url']);
    const runner = wanted
      ? parts.use((await Part.start({ entry: 'runner/src/bin.ts', env: { ...env, AI_SESSIONS_SERVER_URL: url }, signal })).part)
      : null;
    if (runner !== null) await inTime(ready(url, signal), 'the runner does not link', signal);
    const user = await register(url, env);
    return new Installation({ url, dataDir, user, server, runner }, env, parts.move());
  }

  /** Starts a runner where there was none, beside the server that runs. */
  async startRunner(signal: AbortSignal): Promise<Part> {
    const env = { ...this.#env, AI_SESSIONS_SERVER_URL: this.url };
    const { part } = await Part.start({ entry: 'runner/src/bin.ts', env, signal });
    this.#parts.use(part);
    await inTime(ready(this.url, signal), 'the runner does not link', signal);
    return part;
  }

  /** How its runner isolates sessions. */
  get sandbox(): string {
    return /"sandbox":"(\w+)"/.exec(this.runner?.output ?? '')?.[1] ?? 'unknown';
  }

  /** Waits until the runner keeps as many spare Claude Codes as it is going to, so that starting one disturbs nothing that is measured. */
  async rested(signal: AbortSignal): Promise<void> {
    const output = () => this.runner?.output ?? '';
    const settled = () => output().lastIndexOf('all spares are ready') > output().lastIndexOf('"warm":true');
    await inTime(until(settled, signal), 'the runner has no spare ready', signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

async function ready(url: string, signal: AbortSignal): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok) await pause(25, signal);
}

async function until(condition: () => boolean, signal: AbortSignal): Promise<void> {
  while (!condition()) await pause(25, signal);
}

async function register(url: string, env: NodeJS.ProcessEnv): Promise<User> {
  const { stdout } = await run(process.execPath, [tokenProgram, 'bench@example.com', '--ttl', '3600'], { env: { ...process.env, ...env } });
  const user = new User(url, stdout.trim());
  await user.call('POST', '/v1/register');
  await user.call('POST', '/v1/auth/claude/apikey', { api_key: 'sk-ant-bench' });
  return user;
}
