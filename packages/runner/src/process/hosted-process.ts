import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { endProcess } from './end-process.ts';
import type { ExitOutcome } from './exit-outcome.ts';
import { StderrTail } from './stderr-tail.ts';
import { within } from './within.ts';

/** How long stderr may stay open after the end (a grandchild may hold it) before the outcome is told without the rest. */
const STDERR_CLOSE_MS = 200;

const COULD_NOT_START = 127;

type Ending = Pick<ExitOutcome, 'exitCode' | 'signal'>;

interface Events {
  exit: [exitCode: number | null, signal: NodeJS.Signals | null];
  error: [Error];
}

export interface HostedProcessOptions {
  /** Aborting ends the process: SIGTERM, and SIGKILL after a grace. */
  signal?: AbortSignal | undefined;
  /** Delivers a signal to the program, where the child only holds it. False: there was nothing to signal. */
  deliver?: (signal: NodeJS.Signals) => boolean;
  /** What the child's ending says about the program in it. */
  readEnding?: (ending: Ending) => Ending;
}

/**
 * A running program with pipes. It has the shape of `SpawnedProcess`, which the Agent SDK's `spawnClaudeCodeProcess` wants, and
 * its ending is one value however it came about. Emits `exit` once, when stderr has been read; `error` before that if it could not be started.
 */
export class HostedProcess extends EventEmitter<Events> {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly outcome: Promise<ExitOutcome>;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  killed = false;
  readonly #child: ChildProcess;
  readonly #deliver: (signal: NodeJS.Signals) => boolean;

  /** @param child freshly spawned, its first three stdio entries pipes. Throws if it has none, which means out of file descriptors. */
  constructor(child: ChildProcess, options: HostedProcessOptions = {}) {
    super();
    const ending = watchEnding(child);
    if (!child.stdin || !child.stdout || !child.stderr) throw new Error('cannot start a process: too many open files');
    this.#child = child;
    this.#deliver = options.deliver ?? ((signal) => child.kill(signal));
    this.pid = child.pid;
    this.stdin = ignoreErrors(child.stdin);
    this.stdout = ignoreErrors(child.stdout);
    this.stderr = ignoreErrors(child.stderr);
    this.outcome = this.#follow(ending, options);
    this.#endOnAbort(options.signal);
  }

  /** True while it has not ended. */
  get running(): boolean {
    return this.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal to the program. False when it has ended. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    if (!this.running || !this.#deliver(signal)) return false;
    this.killed = true;
    return true;
  }

  async #follow(whenEnded: Promise<Ending | Error>, options: HostedProcessOptions): Promise<ExitOutcome> {
    const tail = new StderrTail(this.stderr);
    const stderrClosed = new Promise<void>((resolve) => this.stderr.once('close', resolve));
    const ended = await whenEnded;
    tail.hurry();
    if (ended instanceof Error) {
      if (this.listenerCount('error') > 0) this.emit('error', ended);
      return this.#tell({ exitCode: COULD_NOT_START, signal: null, stderrTail: ended.message });
    }
    await within(STDERR_CLOSE_MS, stderrClosed);
    return this.#tell({ ...(options.readEnding?.(ended) ?? ended), stderrTail: tail.text });
  }

  #tell(outcome: ExitOutcome): ExitOutcome {
    this.exitCode = outcome.exitCode;
    this.signalCode = outcome.signal;
    this.emit('exit', outcome.exitCode, outcome.signal);
    return outcome;
  }

  #endOnAbort(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const end = (): void => void endProcess(this).catch(() => {});
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    void this.outcome.then(() => signal.removeEventListener('abort', end));
  }
}

/** The child's end, or why it could not be started. Listens for good: an `error` nobody hears would end the runner. */
function watchEnding(child: ChildProcess): Promise<Ending | Error> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.on('error', (error) => {
      // With a pid it did start, and the error is about a signal that could not be sent.
      if (child.pid === undefined) resolve(error);
    });
  });
}

/** A pipe to an ended process fails. The outcome tells of the end, and a stream error nobody hears would end the runner. */
function ignoreErrors<Stream extends Readable | Writable>(stream: Stream): Stream {
  stream.on('error', () => {});
  return stream;
}
