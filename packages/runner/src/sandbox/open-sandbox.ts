import { lchown } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostedProcess } from '../process/hosted-process.ts';
import { within } from '../process/within.ts';
import { insidePath, type SeenPath } from './inside-path.ts';
import type { SandboxRecord, SandboxRecords } from './sandbox-record.ts';
import { removeRemains } from './sandbox-remains.ts';
import type { Sandbox, SandboxPaths, SandboxSpawnOptions, SandboxUsage, SocketAddress } from './sandbox.ts';
import { SocketFolder } from './socket-folder.ts';

const KILL_MS = 5_000;

/** What differs between the drivers. */
export interface SandboxPlace {
  record: SandboxRecord;
  paths: SandboxPaths;
  /** Everything of the host that programs inside can see, besides the system. */
  seen: readonly SeenPath[];
  launch(command: string, args: readonly string[], options: SandboxSpawnOptions): HostedProcess;
  usage(running: ReadonlySet<HostedProcess>): Promise<SandboxUsage>;
}

/** An open sandbox: knows its running programs and ends them. */
export class OpenSandbox implements Sandbox {
  readonly sessionId: string;
  readonly paths: SandboxPaths;
  readonly #place: SandboxPlace;
  readonly #records: SandboxRecords;
  readonly #sockets: SocketFolder;
  readonly #onClosed: () => void;
  readonly #running = new Set<HostedProcess>();
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(place: SandboxPlace, records: SandboxRecords, onClosed: () => void) {
    this.sessionId = place.record.sessionId;
    this.paths = place.paths;
    this.#place = place;
    this.#records = records;
    this.#sockets = new SocketFolder(place.paths.hostRun);
    this.#onClosed = onClosed;
  }

  inside(hostPath: string): string {
    return insidePath(this.#place.seen, hostPath);
  }

  socketAddress(name: string): SocketAddress {
    const host = this.#sockets.address(name);
    return { host, inside: this.paths.run === this.paths.hostRun ? host : join(this.paths.run, name) };
  }

  async adopt(hostPath: string): Promise<void> {
    const { uid } = this.#place.record;
    if (uid !== null) await lchown(hostPath, uid, uid);
  }

  spawn(command: string, args: readonly string[], options: SandboxSpawnOptions): HostedProcess {
    if (this.#ended) throw new Error(`the sandbox of session ${this.sessionId} has been removed`);
    const program = this.#place.launch(command, args, options);
    this.#running.add(program);
    void program.outcome.then(() => this.#running.delete(program));
    return program;
  }

  usage(): Promise<SandboxUsage> {
    return this.#place.usage(this.#running);
  }

  kill(): Promise<void> {
    this.#ended = true;
    this.#closing ??= this.#close().catch((error: unknown) => {
      // The next call tries again.
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #close(): Promise<void> {
    const ended = [...this.#running].map((program) => {
      program.kill('SIGKILL');
      return program.outcome;
    });
    await within(KILL_MS, Promise.all(ended));
    await removeRemains(this.#records, this.#place.record);
    this.#sockets[Symbol.dispose]();
    this.#onClosed();
  }
}
