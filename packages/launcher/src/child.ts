import { type ChildProcess, spawn } from 'node:child_process';

/** A program of this system that the launcher keeps running. */
export interface ChildOptions {
  readonly name: string;
  /** Path of its TypeScript entry. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly env: () => NodeJS.ProcessEnv;
  /** Hears what the program sends over IPC. */
  readonly onMessage: (message: unknown) => void;
  /** Called when it ended without being asked to; `again` is when it will be started again, in milliseconds, or null if never. */
  readonly onDeath: (how: string, again: number | null) => void;
}

const firstDelayMs = 200;
const longestDelayMs = 5000;
const steadyMs = 10_000;
const maxEarlyDeaths = 5;

/**
 * Starts a program and starts it again whenever it dies, a little later each time. A program that was never ready,
 * or dies in its first seconds again and again, is given up: its error would only repeat.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #stopping = false;
  #earlyDeaths = 0;
  #everReady = false;
  #restart: NodeJS.Timeout | null = null;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Says that the program has come up. */
  ready(): void {
    this.#everReady = true;
  }

  /** Starts it, unless it runs: also earlier than it would be started again by itself. */
  start(): void {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#restart = null;
    if (this.#process !== null) return;
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', this.#options.entry, ...(this.#options.args ?? [])], {
      env: this.#options.env(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process = child;
    child.on('message', this.#options.onMessage);
    child.on('error', (error) => this.#options.onDeath(error.message, null));
    child.once('exit', (code, signal) => {
      this.#process = null;
      if (this.#stopping) return;
      this.#earlyDeaths = performance.now() - startedAt < steadyMs ? this.#earlyDeaths + 1 : 0;
      const again =
        !this.#everReady || this.#earlyDeaths > maxEarlyDeaths
          ? null
          : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, this.#earlyDeaths - 1));
      this.#options.onDeath(signal ?? `exit code ${code}`, again);
      if (again !== null) this.#restart = setTimeout(() => this.start(), again);
    });
  }

  /** Asks it to end (SIGTERM), and ends it (SIGKILL) if it has not within `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#process;
    if (child === null || child.exitCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await exited;
    clearTimeout(patience);
  }
}
