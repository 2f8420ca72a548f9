import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { ClaudeLogins, type ClaudeLoginsOptions } from './claude-login/claude-logins.ts';
import { programEnvironment } from './claude/claude-environment.ts';
import { findClaudeBinary } from './claude/claude-binary.ts';
import { checkPlugins } from './claude/plugins.ts';
import { readLinkToken, type RunnerConfig } from './config.ts';
import { Link } from './link/link.ts';
import { McpTests } from './mcp/mcp-tests.ts';
import { startOrphanSweep } from './orphan-sweep.ts';
import { runnerId } from './runner-id.ts';
import { chooseDriver } from './sandbox-choice.ts';
import { Leftovers } from './session/leftovers.ts';
import { SessionHost } from './session/session-host.ts';
import { StartQueue } from './session/start-queue.ts';
import { WarmPool } from './session/warm-pool.ts';
import { BaselineKeeper } from './workspace/changes/baseline-keeper.ts';
import { createWorkspaceFiles, type WorkspaceFiles } from './workspace/files/workspace-files.ts';

/** How long the last reports may take to be acknowledged when the runner is stopped. */
const FLUSH_MS = 2000;

export interface RunnerOptions {
  /** For tests: stand-ins of Claude's sign-in hosts. */
  readonly loginStandIn?: ClaudeLoginsOptions['standIn'];
  /** For tests: how often orphans are looked for. */
  readonly sweepMs?: number;
}

interface Parts {
  readonly link: Link;
  readonly sessions: SessionHost;
  readonly spares: WarmPool;
  readonly files: WorkspaceFiles;
  readonly logins: ClaudeLogins;
  readonly mcpTests: McpTests;
  readonly orphans: AsyncDisposable;
}

/** Hosts sessions for a server: makes sandboxes, runs Claude Code in them and reports what happens. */
export class Runner implements AsyncDisposable {
  readonly #link: Link;
  readonly #sessions: SessionHost;
  readonly #spares: WarmPool;
  readonly #files: WorkspaceFiles;
  readonly #logins: ClaudeLogins;
  readonly #mcpTests: McpTests;
  readonly #orphans: AsyncDisposable;

  private constructor(parts: Parts) {
    this.#link = parts.link;
    this.#sessions = parts.sessions;
    this.#spares = parts.spares;
    this.#files = parts.files;
    this.#logins = parts.logins;
    this.#mcpTests = parts.mcpTests;
    this.#orphans = parts.orphans;
  }

  /** Clears away what an earlier runner left, then dials the server for as long as it lives. Throws what hinders any session. */
  static async start(config: RunnerConfig, log: Logger = pino({ level: config.logLevel }), options: RunnerOptions = {}): Promise<Runner> {
    const binary = findClaudeBinary();
    const id = runnerId(config.folder);
    const sessionsFolder = join(config.folder, 'sessions');
    mkdirSync(sessionsFolder, { recursive: true, mode: 0o711 });
    checkPlugins(config.plugins);
    const driver = await chooseDriver(config, log);
    for (const line of await driver.sweep(new Set())) log.info(line);

    const token = () => readLinkToken(config.tokenFile);
    const baselines = new BaselineKeeper(sessionsFolder, log);
    const files = createWorkspaceFiles({
      serverUrl: config.serverUrl,
      token,
      sessionFolder: (id) => join(sessionsFolder, id),
      runInside: (id, ...program) => sessions.runInside(id, ...program),
      log,
    });
    const leftovers = new Leftovers(log);
    const orphans = startOrphanSweep({ driver, leftovers, log, ...(options.sweepMs && { everyMs: options.sweepMs }) });
    const hosting = {
      driver,
      limits: config.sandboxLimits,
      binary,
      plugins: config.plugins,
      serverUrl: config.serverUrl,
      token,
      egress: config.egress,
      stall: config.stall,
      starts: new StartQueue(availableParallelism()),
      leftovers,
      now: () => Date.now(),
    };
    const spares = new WarmPool({ hosting, folder: join(config.folder, 'spares'), most: config.warmPool, log });
    await spares.start();
    const sessions = new SessionHost({
      sessionsFolder,
      hosting: { ...hosting, spares },
      log,
      openReporter: (key) => (link.knows(key) ? undefined : baselines.listenTo(key.session_id, link.open(key))),
      finish: (key) => link.finish(key),
      forgetSession: (id) => link.forgetSession(id),
    });
    const logins = new ClaudeLogins({
      driver,
      binary,
      folder: join(config.folder, 'logins'),
      log,
      ...(options.loginStandIn && { standIn: options.loginStandIn }),
      tell: (loginId, event) => link.tellLogin(loginId, event),
    });
    const mcpTests = new McpTests({
      driver,
      folder: join(config.folder, 'mcp-tests'),
      egress: config.egress,
      environment: (home, own) => programEnvironment({ environment: {} }, home, own),
      log,
    });
    const link = new Link({
      serverUrl: config.serverUrl,
      token,
      sessionsFolder,
      hello: { runner_id: id, capacity: config.capacity, sandbox: driver.kind, claude_version: binary.version },
      log,
      onCommand: (command) => {
        if (command.type === 'login') return logins.handle(command);
        if (command.type === 'mcp_test')
          return void mcpTests.run(command.server).then((result) => link.answer(command.request_id, result !== undefined, result ?? {}));
        if (command.type !== 'workspace') return sessions.handle(command);
        void files.answer(command).then(({ ok, body }) => link.answer(command.request_id, ok, body));
      },
      onDisowned: (key) => sessions.disowned(key),
      onLost: () => logins.cancelAll(),
    });
    log.info({ runner: id, sandbox: driver.kind, claude: binary.version }, 'runner started');
    link.start();
    return new Runner({ link, sessions, spares, files, logins, mcpTests, orphans });
  }

  /** Takes no new session, ends those it has, and tells the server so that it can have them taken up again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.drain();
    const swept = this.#orphans[Symbol.asyncDispose]();
    const ending = [this.#sessions, this.#spares, this.#logins, this.#mcpTests];
    await Promise.all([swept, ...ending.map((part) => part[Symbol.asyncDispose]())]);
    await this.#link.settled(FLUSH_MS);
    await Promise.all([this.#files[Symbol.asyncDispose](), this.#link[Symbol.asyncDispose]()]);
  }
}
