import { lchown } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { HostedProcess } from '../process/hosted-process.ts';
import { within } from '../process/within.ts';
import { insidePath, type SeenPath } from './inside-path.ts';
import { moveFolders, type SandboxFolders, sandboxFolders } from './sandbox-folders.ts';
import type { LimitListener } from './limit/limit-reached.ts';
import { LimitTeller } from './limit/limit-teller.ts';
import type { SandboxRecord, SandboxRecords } from './sandbox-record.ts';
import { removeRemains } from './sandbox-remains.ts';
import type { Sandbox, SandboxPaths, SandboxSpawnOptions, SandboxSpec, SandboxUsage, SocketAddress } from './sandbox.ts';
import { SocketFolder } from './socket-folder.ts';

const KILL_MS = 5_000;

/** What differs between the drivers. */
export interface SandboxPlace {
  record: SandboxRecord;
  /** The same object for as long as it is open: what is derived from it is derived when it is needed. */
  folders: SandboxFolders;
  paths: SandboxPaths;
  /** Everything of the host that programs inside can see, besides the system. */
  seen(): readonly SeenPath[];
  /** Called before and after its folders are moved; absent: inside paths are host paths, so that it cannot be moved. */
  move?: { before(to: SandboxFolders): Promise<void>; after(): Promise<void> };
  launch(command: string, args: readonly string[], options: SandboxSpawnOptions): HostedProcess;
  usage(running: ReadonlySet<HostedProcess>): Promise<SandboxUsage>;
  /** Watches over its limits until disposal; absent: nothing is limited. */
  watch?: (programs: Programs, teller: LimitTeller) => Disposable;
}

/** The programs that run in an open sandbox. */
export interface Programs {
  running(): readonly HostedProcess[];
  /** Ends them all, and what they started. */
  end(): void;
}

/** Where a sandbox is entered as open. */
export interface OpenRoots {
  /** Throws if a sandbox is open on this root. */
  enter(root: string, uid: number | null): void;
  leave(root: string): void;
}

/** An open sandbox: knows its running programs and ends them. */
export class OpenSandbox implements Sandbox {
  readonly paths: SandboxPaths;
  readonly #place: SandboxPlace;
  readonly #records: SandboxRecords;
  readonly #sockets: SocketFolder;
  readonly #roots: OpenRoots;
  #record: SandboxRecord;
  readonly #running = new Set<HostedProcess>();
  readonly #teller = new LimitTeller();
  readonly #watch: Disposable | undefined;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(place: SandboxPlace, records: SandboxRecords, roots: OpenRoots) {
    this.#record = place.record;
    this.paths = place.paths;
    this.#place = place;
    this.#records = records;
    this.#sockets = new SocketFolder(place.paths.hostRun);
    this.#roots = roots;
    const end = (): void => {
      for (const program of this.#running) program.kill('SIGKILL');
    };
    this.#watch = place.watch?.({ running: () => [...this.#running], end }, this.#teller);
  }

  get sessionId(): string {
    return this.#record.sessionId;
  }

  inside(hostPath: string): string {
    return insidePath(this.#place.seen(), hostPath);
  }

  socketAddress(name: string): SocketAddress {
    const host = this.#sockets.address(name);
    return { host, inside: this.paths.run === this.paths.hostRun ? host : join(this.paths.run, name) };
  }

  async moveTo({ sessionId, root }: Pick<SandboxSpec, 'sessionId' | 'root'>): Promise<void> {
    const { folders, move } = this.#place;
    if (this.#ended || move === undefined) throw new Error(`the sandbox of ${this.sessionId} cannot be moved`);
    const from = { ...folders };
    const to = sandboxFolders(resolve(root));
    const record = { ...this.#record, sessionId, root: to.root };
    this.#roots.enter(to.root, record.uid);
    try {
      // Before anything is in its new place: whatever a SIGKILL leaves there has a record.
      await this.#records.write(record);
      await move.before(to);
      await moveFolders(from, to);
    } catch (error) {
      this.#roots.leave(to.root);
      await this.#records.write(this.#record);
      throw error;
    }
    this.#record = record;
    Object.assign(folders, to);
    this.#sockets.moved(to.run);
    this.#roots.leave(from.root);
    await move.after();
  }

  async adopt(hostPath: string): Promise<void> {
    const { uid } = this.#record;
    if (uid !== null) await lchown(hostPath, uid, uid);
  }

  spawn(command: string, args: readonly string[], options: SandboxSpawnOptions): HostedProcess {
    if (this.#ended) throw new Error(`the sandbox of session ${this.sessionId} has been removed`);
    const program = this.#place.launch(command, args, options);
    this.#running.add(program);
    void program.outcome.then(() => this.#running.delete(program));
    return program;
  }

  onLimit(listener: LimitListener): void {
    this.#teller.listen(listener);
  }

  usage(): Promise<SandboxUsage> {
    return this.#place.usage(this.#running);
  }

  kill(): Promise<void> {
    this.#ended = true;
    this.#watch?.[Symbol.dispose]();
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
    await removeRemains(this.#records, this.#record);
    this.#sockets[Symbol.dispose]();
    this.#roots.leave(this.#record.root);
  }
}
