import type { LimitName } from '../limit/limit-reached.ts';
import { type DiskBudget, isDue, measured, newBudget, stopped } from './disk-budget.ts';
import { readRoom, type Room } from './file-system.ts';
import { measureFolders } from './measure-folders.ts';
import { type HostedTree, stopWriters } from './stop-writers.ts';

export interface WatchedDisk {
  /** The session's folders as they are now, the first of them there. All on one file system. */
  folders(): readonly string[];
  readonly limits: { readonly bytes: number; readonly files: number };
  /** The programs of the session that run now. */
  trees(): readonly HostedTree[];
  /** Ends the programs themselves. */
  endPrograms(): void;
  /** `ended`: programs were ended because of it. */
  tell(limit: Extract<LimitName, 'disk' | 'files' | 'host_disk'>, ended: boolean): void;
}

type Resource = 'bytes' | 'files';
const RESOURCES: readonly Resource[] = ['bytes', 'files'];
const LIMIT: Record<Resource, 'disk' | 'files'> = { bytes: 'disk', files: 'files' };

const MIB = 1024 * 1024;
/** How often the file system is asked: while it fills up, and else. */
const BUSY_MS = 100;
const CALM_MS = 500;
const BUSY_GROWTH: Record<Resource, number> = { bytes: 4 * MIB, files: 500 };
/** What stays free on the machine, whatever the sessions' limits add up to: so much, or on a small file system a twentieth. */
export const RESERVE_MIB = 1024;
const RESERVE_SHARE = 0.05;
const AT_ONCE = 2;
/** Past this many times its limit, and nothing but the program itself left to end, the program is ended. */
const INTOLERABLE = 1.25;

/**
 * Keeps what sessions have on the disk within their limits where no quota does: stops whoever writes when the limit is passed, and, before
 * the disk is full, whoever writes at all. Runs while something is watched.
 */
export class DiskWatchdog {
  readonly #watched = new Set<Watched>();
  readonly #readRoom: (folder: string) => Promise<Room>;
  readonly #grown: Record<Resource, number> = { bytes: 0, files: 0 };
  #room: Room | undefined;
  #looking = false;
  #measuring = 0;

  /** @param readRoomOf for tests: a file system that is nearly full */
  constructor(readRoomOf: (folder: string) => Promise<Room> = readRoom) {
    this.#readRoom = readRoomOf;
  }

  /** Until disposal. All that one watchdog watches lies on one file system. */
  watch(disk: WatchedDisk): Disposable {
    const now = performance.now();
    const budgets = {
      bytes: newBudget(disk.limits.bytes, { grown: this.#grown.bytes, now }),
      files: newBudget(disk.limits.files, { grown: this.#grown.files, now }),
    };
    const watched: Watched = { disk, budgets, measuring: false, ending: new AbortController() };
    this.#watched.add(watched);
    if (!this.#looking) this.#lookIn(BUSY_MS);
    return {
      [Symbol.dispose]: () => {
        watched.ending.abort();
        this.#watched.delete(watched);
      },
    };
  }

  async #look(): Promise<void> {
    const busy = await this.#readGrowth();
    this.#measureDue();
    if (this.#watched.size > 0) return this.#lookIn(busy ? BUSY_MS : CALM_MS);
    this.#looking = false;
    this.#room = undefined;
  }

  #lookIn(ms: number): void {
    this.#looking = true;
    setTimeout(() => void this.#look(), ms).unref();
  }

  /** Adds what has become used since the last look. True if that was much. */
  async #readGrowth(): Promise<boolean> {
    const [folder] = [...this.#watched].flatMap(({ disk }) => disk.folders().slice(0, 1));
    // A folder that is being removed: another look, another folder.
    const room = folder === undefined ? undefined : await this.#readRoom(folder).catch(() => undefined);
    if (room === undefined) return false;
    const before = this.#room ?? room;
    this.#room = room;
    const growth = { bytes: Math.max(0, before.freeBytes - room.freeBytes), files: Math.max(0, before.freeFiles - room.freeFiles) };
    for (const resource of RESOURCES) this.#grown[resource] += growth[resource];
    const reserve = Math.min(RESERVE_MIB * MIB, room.totalBytes * RESERVE_SHARE);
    if (room.freeBytes < reserve && growth.bytes > 0) await this.#stopAllWriters();
    return RESOURCES.some((resource) => growth[resource] >= BUSY_GROWTH[resource]);
  }

  /** Whose bytes they are cannot be told fast enough: all who write much at this moment are stopped. */
  async #stopAllWriters(): Promise<void> {
    const stopped = [...this.#watched].map(async ({ disk }) => {
      if ((await stopWriters(disk.trees(), 'none')) > 0) disk.tell('host_disk', true);
    });
    await Promise.all(stopped);
  }

  /** Those first that may be farthest past their limit. */
  #measureDue(): void {
    const now = performance.now();
    const due = [...this.#watched].flatMap((watched) =>
      watched.measuring
        ? []
        : RESOURCES.filter((resource) => isDue(watched.budgets[resource], { grown: this.#grown[resource], now })).map((resource) => ({
            watched,
            resource,
            excess: this.#mostUsed(watched, resource) / watched.budgets[resource].limit,
          })),
    );
    for (const { watched, resource } of due.toSorted((a, b) => b.excess - a.excess)) {
      if (this.#measuring >= AT_ONCE) return;
      if (!watched.measuring) void this.#measure(watched, resource);
    }
  }

  #mostUsed({ budgets }: Watched, resource: Resource): number {
    const { used, grownThen } = budgets[resource];
    return (used ?? 0) + this.#grown[resource] - grownThen;
  }

  async #measure(watched: Watched, resource: Resource): Promise<void> {
    const { disk, budgets, ending } = watched;
    const begun = { grown: this.#grown[resource], now: performance.now() };
    const first = budgets[resource].used === undefined;
    watched.measuring = true;
    this.#measuring += 1;
    try {
      const used = await measureFolders(resource, disk.folders(), ending.signal).catch(() => this.#mostUsed(watched, resource));
      if (ending.signal.aborted) return;
      const verdict = measured(budgets[resource], used, begun, performance.now());
      budgets[resource] = verdict.budget;
      if (verdict.growing !== 'no') await this.#stop(watched, resource, used, verdict.growing === 'yes');
      else if (verdict.over && first) disk.tell(LIMIT[resource], false);
    } finally {
      watched.measuring = false;
      this.#measuring -= 1;
    }
  }

  async #stop({ disk, budgets, ending }: Watched, resource: Resource, used: number, surely: boolean): Promise<void> {
    const ended = await stopWriters(disk.trees(), surely ? 'all' : 'none');
    if (ending.signal.aborted) return;
    budgets[resource] = stopped(budgets[resource], { grown: this.#grown[resource], now: performance.now() });
    const intolerable = surely && ended === 0 && used > budgets[resource].limit * INTOLERABLE;
    if (intolerable) disk.endPrograms();
    disk.tell(LIMIT[resource], ended > 0 || intolerable);
  }
}

interface Watched {
  readonly disk: WatchedDisk;
  readonly budgets: Record<Resource, DiskBudget>;
  measuring: boolean;
  readonly ending: AbortController;
}
