import type { LinkFrame, SessionSpec } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import { Incarnation } from './incarnation.ts';
import type { SessionHosting } from './lodging.ts';
import type { Reporter } from '../reporter.ts';
import { within } from '../process/within.ts';
import type { RunInside } from '../workspace/changes/git-changes.ts';
import { WorkspaceRefused } from '../workspace/files/workspace-refused.ts';
import { runInSandbox } from './run-in-sandbox.ts';
import { SessionFolder } from './session-folder.ts';

/** What the server may ask of the sessions of a runner. */
export type SessionCommand = Exclude<LinkFrame, { type: 'welcome' | 'ack' | 'ping' | 'workspace' | 'login' | 'mcp_test' }>;

/** How long a session that is being brought up may take to have its sandbox. */
const PLACE_MS = 10_000;

interface Owned {
  readonly session_id: string;
  readonly epoch: number;
}

export interface SessionHostOptions {
  readonly sessionsFolder: string;
  readonly hosting: SessionHosting;
  readonly log: Logger;
  /** Opens the way to the server for a new incarnation; undefined if this runner has had it. */
  readonly openReporter: (key: Owned) => Reporter | undefined;
  /** An incarnation that is no longer ours is gone, and has told all that it had to. */
  readonly finish: (key: Owned) => void;
  /** Nobody wants the reports of any incarnation of this session: the server has deleted it. */
  readonly forgetSession: (sessionId: string) => void;
}

/** The sessions of a runner, at most one incarnation of each. Takes repeated and late commands as already done. */
export class SessionHost implements AsyncDisposable {
  readonly #options: SessionHostOptions;
  readonly #incarnations = new Map<string, Incarnation>();
  /** Ends and purges under way, which the next incarnation of the session has to wait for. */
  readonly #clearing = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: SessionHostOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#incarnations.size;
  }

  handle(command: SessionCommand): void {
    if (command.type === 'assign') return this.#assign(command.spec);
    if (command.type === 'purge') return this.#purge(command.session_id);
    const incarnation = this.#incarnations.get(command.session_id);
    if (incarnation?.epoch !== command.epoch) return;
    switch (command.type) {
      case 'prompt':
        return incarnation.prompt(command.prompt);
      case 'interrupt':
        return incarnation.interrupt(command.prompt_id);
      case 'approval':
        return incarnation.approval(command);
      case 'question':
        return incarnation.question(command);
      case 'gateway_token':
        return incarnation.gatewayToken(command.token);
      case 'terminal':
        return incarnation.terminal(command);
      case 'hibernate':
        return incarnation.hibernate();
      case 'end':
        return incarnation.end();
      default: {
        const unreachable: never = command;
        return unreachable;
      }
    }
  }

  /** Runs a program in the sandbox of a session; one that sleeps gets a sandbox for it, and is not brought up before that is gone. */
  async runInside(sessionId: string, ...program: Parameters<RunInside>): ReturnType<RunInside> {
    const incarnation = this.#incarnations.get(sessionId);
    if (incarnation !== undefined && !incarnation.ending) {
      const sandbox = await within(PLACE_MS, incarnation.sandbox());
      if (sandbox === undefined) throw new WorkspaceRefused('unavailable', 'The session is being brought up. Try again in a moment.');
      const ended = await runInSandbox(sandbox, ...program).catch((error: unknown) => {
        if (!incarnation.ending) throw error;
      });
      // Falling asleep, the session took the program with it.
      if (ended !== undefined && (ended.exitCode !== null || !incarnation.ending)) return ended;
    }
    await incarnation?.gone;
    const { driver, limits } = this.#options.hosting;
    const work = (this.#clearing.get(sessionId) ?? Promise.resolve()).then(async () => {
      const { path } = new SessionFolder(this.#options.sessionsFolder, sessionId);
      await using sandbox = await driver.create({ sessionId, root: path, limits });
      return await runInSandbox(sandbox, ...program);
    });
    this.#clear(
      sessionId,
      work.then(
        () => {},
        () => {},
      ),
    );
    return work;
  }

  /** Ends an incarnation that is no longer ours. */
  disowned(key: Owned): void {
    const incarnation = this.#incarnations.get(key.session_id);
    if (incarnation?.epoch === key.epoch) this.#drop(key.session_id, incarnation);
    else this.#options.finish(key);
  }

  /** Ends all sessions of this runner, telling the server that they are free for another. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#incarnations.values()].map((incarnation) => incarnation.lose()));
    await Promise.all(this.#clearing.values());
  }

  #assign(spec: SessionSpec): void {
    if (this.#closed) return;
    const { session_id, epoch } = spec;
    const present = this.#incarnations.get(session_id);
    if (present !== undefined) {
      if (present.epoch >= epoch) return;
      this.#options.log.warn({ session_id, epoch }, 'a session has come back under a newer epoch');
      this.#drop(session_id, present);
    }
    const reporter = this.#options.openReporter({ session_id, epoch });
    if (reporter === undefined) return;
    const log = this.#options.log.child({ session_id, epoch });
    const folder = new SessionFolder(this.#options.sessionsFolder, session_id);
    const incarnation = new Incarnation(spec, folder, reporter, this.#options.hosting, log);
    this.#incarnations.set(session_id, incarnation);
    void incarnation.gone.then(() => {
      if (this.#incarnations.get(session_id) === incarnation) this.#incarnations.delete(session_id);
    });
    const before = this.#clearing.get(session_id);
    if (before === undefined) incarnation.start();
    else void before.then(() => incarnation.start());
  }

  #drop(sessionId: string, incarnation: Incarnation): void {
    this.#incarnations.delete(sessionId);
    const key = { session_id: sessionId, epoch: incarnation.epoch };
    this.#clear(
      sessionId,
      incarnation[Symbol.asyncDispose]().finally(() => this.#options.finish(key)),
    );
  }

  #purge(sessionId: string): void {
    const incarnation = this.#incarnations.get(sessionId);
    incarnation?.end();
    const purge = async () => {
      await incarnation?.gone;
      this.#options.forgetSession(sessionId);
      await new SessionFolder(this.#options.sessionsFolder, sessionId).purge();
    };
    this.#clear(sessionId, purge());
  }

  #clear(sessionId: string, work: Promise<void>): void {
    const all = Promise.all([this.#clearing.get(sessionId), work]).then(
      () => {},
      (error: unknown) => this.#options.log.error({ err: error, session_id: sessionId }, 'a session could not be cleared away'),
    );
    this.#clearing.set(sessionId, all);
    void all.then(() => {
      if (this.#clearing.get(sessionId) === all) this.#clearing.delete(sessionId);
    });
  }
}
