import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoginEvent } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import { binaryMount, type ClaudeBinary } from '../claude/claude-binary.ts';
import { describeOutcome } from '../process/exit-outcome.ts';
import { redactKeys } from '../process/redact-keys.ts';
import { within } from '../process/within.ts';
import type { ReadOnlyMount, Sandbox, SandboxDriver, SandboxProcess } from '../sandbox/sandbox.ts';
import { parseSandboxLimits } from '../sandbox/sandbox-limits.ts';
import { exchangeFailure, loginFailures } from './login-failure.ts';
import { loginProgram, pasted } from './login-program.ts';
import { type HostAddresses, LoginProxy } from './login-proxy.ts';
import { readLoginScreen } from './login-screen.ts';
import { LoginTerminal } from './login-terminal.ts';

export interface LoginHosting {
  readonly driver: SandboxDriver;
  readonly binary: ClaudeBinary;
  /** Folder of the sign-ins; each has one of its own in it, as long as it is open. */
  readonly folder: string;
  readonly log: Logger;
  /** For tests: stand-ins of Claude's hosts, and the certificate authority that vouches for them (host path). */
  readonly standIn?: { readonly addresses: HostAddresses; readonly caFile: string };
  readonly timeouts?: Partial<typeof LOGIN_TIMEOUTS>;
}

/** How long Claude Code may take, in milliseconds: to show the address, and to exchange the code. */
export const LOGIN_TIMEOUTS = { url: 45_000, exchange: 60_000 };

/** A token's worth of Claude Code and nothing of the user's. */
const LIMITS = parseSandboxLimits(JSON.stringify({ memory_mb: 1024, pids: 128, cpus: 1, workspace_mb: 64, tmp_mb: 64, open_files: 1024 }));
const CA_INSIDE = '/opt/login-ca.pem';
const REMOVAL_MS = 10_000;

interface Place {
  readonly sandbox: Sandbox;
  readonly proxy: LoginProxy;
  readonly program: SandboxProcess;
}

/**
 * One sign-in: Claude Code's own `setup-token` on a terminal of ours, in a sandbox of its own whose network leads to Claude's
 * sign-in hosts only. Tells its address, takes the code, tells the token, and leaves nothing behind.
 */
export class ClaudeLogin implements AsyncDisposable {
  readonly #id: string;
  readonly #hosting: LoginHosting;
  readonly #tell: (event: LoginEvent) => void;
  readonly #log: Logger;
  readonly #ending = new AbortController();
  /** What it comes to, decided once; undefined: it was cancelled and nothing is to be told. */
  readonly #verdict = Promise.withResolvers<LoginEvent | undefined>();
  readonly #timeouts: typeof LOGIN_TIMEOUTS;
  #program: SandboxProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #phase: 'starting' | 'waiting' | 'exchanging' = 'starting';
  readonly #expiresAt: number;
  /** Resolves when nothing of it is left. Never rejects. */
  readonly gone: Promise<void>;

  /**
   * @param expiresIn seconds until it gives up waiting for a code.
   * @param tell hears of the address, and last of how it ended, when nothing of it is left.
   */
  constructor(id: string, expiresIn: number, hosting: LoginHosting, tell: (event: LoginEvent) => void) {
    this.#id = id;
    this.#hosting = hosting;
    this.#tell = tell;
    this.#log = hosting.log.child({ login_id: id });
    this.#timeouts = { ...LOGIN_TIMEOUTS, ...hosting.timeouts };
    this.#expiresAt = performance.now() + expiresIn * 1000;
    this.#wait(Math.min(this.#timeouts.url, expiresIn * 1000), expiresIn * 1000 <= this.#timeouts.url ? 'expired' : 'noAddress');
    this.gone = this.#run();
  }

  /** Types the code. Ignored unless it waits for one. */
  code(code: string): void {
    if (this.#phase !== 'waiting' || this.#ending.signal.aborted) return;
    this.#phase = 'exchanging';
    this.#wait(this.#timeouts.exchange, 'noAnswer');
    this.#program?.stdin.write(pasted(code));
  }

  /** Ends it; the reason is told if there is one. Resolves when nothing of it is left. */
  end(why?: keyof typeof loginFailures): Promise<void> {
    this.#decide(why === undefined ? undefined : loginFailures[why]);
    return this.gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #decide(verdict: LoginEvent | undefined): void {
    clearTimeout(this.#timer);
    this.#verdict.resolve(verdict);
    this.#ending.abort();
  }

  #wait(milliseconds: number, then: keyof typeof loginFailures): void {
    clearTimeout(this.#timer);
    if (!this.#ending.signal.aborted) this.#timer = setTimeout(() => this.#decide(loginFailures[then]), milliseconds);
  }

  async #run(): Promise<void> {
    const root = join(this.#hosting.folder, this.#id);
    const place = await this.#open(root);
    if (place !== undefined) {
      this.#program = place.program;
      // A stream that breaks off is an end like any other.
      void this.#follow(place.program).then(
        (verdict) => this.#decide(verdict),
        () => this.#decide(loginFailures.ended),
      );
    }
    const verdict = await this.#verdict.promise;
    await this.#remove(root, place);
    this.#log.info({ outcome: verdict?.kind === 'failed' ? verdict.code : (verdict?.kind ?? 'cancelled') }, 'a Claude sign-in has ended');
    if (verdict !== undefined) this.#tell(verdict);
  }

  /** Undefined when it could not be opened, or was ended meanwhile; then the verdict says so. */
  async #open(root: string): Promise<Place | undefined> {
    const { driver, binary, standIn } = this.#hosting;
    const mounts: ReadOnlyMount[] = [binaryMount(binary)];
    if (standIn !== undefined) mounts.push({ source: standIn.caFile, target: CA_INSIDE });
    let sandbox: Sandbox | undefined;
    let proxy: LoginProxy | undefined;
    try {
      sandbox = await driver.create({ sessionId: this.#id, root, limits: LIMITS, readOnlyMounts: mounts });
      const address = sandbox.socketAddress('login.sock');
      const networked = driver.kind === 'none';
      proxy = await LoginProxy.listen({ listen: networked ? 'loopback' : address.host, ...(standIn && { addresses: standIn.addresses }) });
      if (!networked) await sandbox.adopt(address.host);
      this.#ending.signal.throwIfAborted();
      const { command, args, env } = loginProgram({
        claude: sandbox.inside(binary.path),
        home: sandbox.paths.home,
        proxy: networked ? { port: proxy.port } : { socket: address.inside },
        extraCa: standIn && sandbox.inside(standIn.caFile),
      });
      return { sandbox, proxy, program: sandbox.spawn(command, args, { env }) };
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#log.error({ err: error }, 'a Claude sign-in could not be started');
      this.#decide(loginFailures.noSandbox);
      await this.#close(sandbox, proxy);
      return undefined;
    }
  }

  /** Reads the screen until the program ends. Returns what it came to. */
  async #follow(program: SandboxProcess): Promise<LoginEvent> {
    using terminal = new LoginTerminal();
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      await terminal.draw(chunk);
      const { url, error } = readLoginScreen(terminal.lines());
      if (this.#phase === 'starting' && url !== null) this.#shown(url);
      if (error !== null) {
        this.#log.warn({ error: redactKeys(error) }, 'Claude Code could not complete a sign-in');
        return exchangeFailure(error);
      }
    }
    const outcome = await program.outcome;
    const { token } = readLoginScreen(terminal.lines());
    if (this.#phase === 'exchanging' && outcome.exitCode === 0 && token !== null) return { kind: 'done', token };
    if (!this.#ending.signal.aborted) this.#log.warn({ outcome: describeOutcome(outcome) }, 'Claude Code ended in the middle of a sign-in');
    return loginFailures.ended;
  }

  #shown(url: string): void {
    this.#phase = 'waiting';
    this.#wait(Math.max(0, this.#expiresAt - performance.now()), 'expired');
    if (!this.#ending.signal.aborted) this.#tell({ kind: 'url', url });
  }

  async #remove(root: string, place: Place | undefined): Promise<void> {
    await this.#close(place?.sandbox, place?.proxy);
    await rm(root, { recursive: true, force: true }).catch((error: unknown) =>
      this.#log.error({ err: error }, 'the folder of a Claude sign-in is left'),
    );
  }

  /** What a kill leaves, the next start of the runner sweeps away. */
  async #close(sandbox: Sandbox | undefined, proxy: LoginProxy | undefined): Promise<void> {
    const closed = Promise.all([sandbox?.kill(), proxy?.[Symbol.asyncDispose]()]).catch((error: unknown) =>
      this.#log.error({ err: error }, 'the sandbox of a Claude sign-in is left'),
    );
    await within(REMOVAL_MS, closed);
  }
}
