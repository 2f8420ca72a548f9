import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inTime } from './waiting.ts';

const packages = path.resolve(import.meta.dirname, '../../packages');
const patienceMs = 10_000;
/** As the launcher has it. */
const environment = {
  NODE_COMPILE_CACHE: path.resolve(packages, '../node_modules/.cache/ai-sessions'),
  MALLOC_ARENA_MAX: '2',
};
const running = new Set<ChildProcess>();
// Whatever ends the bench early: none of its processes outlives it.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface PartOptions {
  /** Path of its entry below `packages/`. */
  readonly entry: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A program of the installation as a process of its own, started as the launcher starts it. */
export class Part implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  private constructor({ entry, env }: PartOptions) {
    const name = path.basename(path.dirname(path.dirname(entry)));
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...profiling(name), path.join(packages, entry)], {
      env: { ...environment, ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-50_000)));
  }

  /** Starts it and waits for its first message over IPC, which says that it is up. */
  static async start(options: PartOptions): Promise<{ part: Part; message: Readonly<Record<string, unknown>> }> {
    const part = new Part(options);
    const exited = once(part.#child, 'exit').then(() => {
      throw new Error(`${options.entry} ended:\n${part.output}`);
    });
    try {
      const [message] = await inTime(
        Promise.race([once(part.#child, 'message') as Promise<[Record<string, unknown>]>, exited]),
        options.entry,
        options.signal,
      );
      return { part, message };
    } catch (error) {
      await part[Symbol.asyncDispose]();
      throw error;
    } finally {
      exited.catch(() => {});
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await exited;
    clearTimeout(patience);
  }
}

/** With `BENCH_CPU_PROF=FOLDER` server, runner and model each leave a CPU profile there. */
function profiling(name: string): string[] {
  const folder = process.env['BENCH_CPU_PROF'];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.join(folder, name)}`];
}
