import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type OpenRoots, OpenSandbox, type SandboxPlace } from './open-sandbox.ts';
import { type SandboxFolders, sandboxFolders } from './sandbox-folders.ts';
import { ownerLives, type SandboxRecord, SandboxRecords, thisOwner } from './sandbox-record.ts';
import { removeOrphan, removeRemains, sweepRemains } from './sandbox-remains.ts';
import type { Sandbox, SandboxSpec } from './sandbox.ts';

export interface SandboxRegisterOptions {
  /** Folder for the records of open sandboxes, made if need be. Runners that share it sweep each other's remains. */
  stateDir: string;
  /** A short unique word for each incarnation. */
  newId?: () => string;
}

/** How a driver makes a sandbox. */
export interface SandboxMaker {
  /** Folders of the control group that `make` will make. */
  cgroups(incarnation: string): string[];
  /** The host's user for it, none of those taken; null: the runner's own. */
  chooseUser(taken: ReadonlySet<number>): number | null;
  make(record: SandboxRecord, folders: SandboxFolders): Promise<Omit<SandboxPlace, 'record' | 'folders'>>;
}

/** The sandboxes that are open in one driver: at most one per root, each with a record on disk from before it exists until it is gone. */
export class SandboxRegister {
  readonly #records: SandboxRecords;
  readonly #newId: () => string;
  /** By root. */
  readonly #open = new Map<string, { uid: number | null }>();
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(options: SandboxRegisterOptions) {
    this.#records = new SandboxRecords(options.stateDir);
    this.#newId = options.newId ?? (() => randomBytes(4).toString('hex'));
  }

  async open(spec: SandboxSpec, maker: SandboxMaker): Promise<Sandbox> {
    if (!/^[\w-]{1,128}$/.test(spec.sessionId)) throw new Error(`not a session id: ${JSON.stringify(spec.sessionId)}`);
    const folders = sandboxFolders(resolve(spec.root));
    const entry = this.#enter(folders.root, null);
    try {
      // A sweep that has begun may be about to remove this very root's folders.
      await this.#sweeping;
      const recorded = await this.#records.list();
      await this.#removePredecessors(recorded.filter(({ root }) => root === folders.root));
      const uids = [...recorded.filter(({ root }) => root !== folders.root), ...this.#open.values()].map(({ uid }) => uid);
      // Chosen and entered in one step, so that two openings cannot choose the same.
      entry.uid = maker.chooseUser(new Set(uids.filter((uid) => uid !== null)));
      return await this.#make(spec.sessionId, folders, entry.uid, maker);
    } catch (error) {
      this.#open.delete(folders.root);
      throw error;
    }
  }

  #enter(root: string, uid: number | null): { uid: number | null } {
    if (this.#open.has(root)) throw new Error(`a sandbox is open on ${root} already`);
    const entry = { uid };
    this.#open.set(root, entry);
    return entry;
  }

  async sweep(live: ReadonlySet<string>): Promise<string[]> {
    const isLive = (record: SandboxRecord): boolean => live.has(record.sessionId) || this.#open.has(record.root);
    const sweeping = this.#sweeping.then(() => sweepRemains(this.#records, isLive));
    this.#sweeping = sweeping.catch(() => {});
    return sweeping;
  }

  /** A session that goes on after its runner was killed is not necessarily swept first. */
  async #removePredecessors(predecessors: readonly SandboxRecord[]): Promise<void> {
    for (const record of predecessors) {
      if (await ownerLives(record)) throw new Error(`a sandbox is open on ${record.root} already, by process ${record.owner.pid}`);
      await removeOrphan(this.#records, record);
    }
  }

  async #make(sessionId: string, folders: SandboxFolders, uid: number | null, maker: SandboxMaker): Promise<Sandbox> {
    const incarnation = `${sessionId}.${this.#newId()}`;
    const cgroups = maker.cgroups(incarnation);
    const record = { incarnation, sessionId, root: folders.root, uid, cgroups, owner: await thisOwner() };
    await this.#records.write(record);
    try {
      const roots: OpenRoots = { enter: (root, user) => this.#enter(root, user), leave: (root) => this.#open.delete(root) };
      return new OpenSandbox({ record, folders, ...(await maker.make(record, folders)) }, this.#records, roots);
    } catch (error) {
      await removeRemains(this.#records, record);
      throw error;
    }
  }
}
