import { statfsSync } from 'node:fs';
import { RegularLook } from '../regular-look.ts';
import type { LimitName } from './limit-reached.ts';

/** How often limits that the kernel keeps were reached since a sandbox was made. Null: not known here. */
export interface LimitHits {
  readonly oomKills: number | null;
  readonly refusedProcesses: number | null;
}

export interface WatchedCounters {
  hits(): LimitHits;
  /** Host paths of the file systems in memory that have a size of their own, `/tmp` of each program. */
  temporaries(): readonly string[];
  tell(limit: Extract<LimitName, 'memory' | 'pids' | 'tmp'>, times: number): void;
}

const LOOK_MS = 1_000;
/** A file system that refuses a page has less than this share left; one of 8 MiB then still has some pages. */
const FULL_SHARE = 0.01;

/**
 * Looks every second whether sandboxes have run into limits that the kernel keeps by itself, so that people can be told. Looking is
 * three short reads of the kernel's own files a sandbox (some 30 µs): no waiting, so it is done without a detour over the thread pool.
 */
export class LimitCounters {
  readonly #regular = new RegularLook<Watched>(LOOK_MS, look);

  watch(counters: WatchedCounters): Disposable {
    return this.#regular.add({ counters, oomKills: 0, refusedProcesses: 0, full: new Set<string>() });
  }
}

interface Watched {
  readonly counters: WatchedCounters;
  oomKills: number;
  refusedProcesses: number;
  full: Set<string>;
}

function look(all: Iterable<Watched>): void {
  for (const watched of all) {
    const { oomKills, refusedProcesses } = watched.counters.hits();
    const killed = (oomKills ?? 0) - watched.oomKills;
    const refused = (refusedProcesses ?? 0) - watched.refusedProcesses;
    if (killed > 0) watched.counters.tell('memory', killed);
    if (refused > 0) watched.counters.tell('pids', refused);
    watched.oomKills += Math.max(0, killed);
    watched.refusedProcesses += Math.max(0, refused);
    const full = watched.counters.temporaries().filter(isFull);
    if (full.some((path) => !watched.full.has(path))) watched.counters.tell('tmp', 1);
    watched.full = new Set(full);
  }
}

function isFull(path: string): boolean {
  try {
    const { blocks, bavail } = statfsSync(path);
    return blocks > 0 && bavail <= blocks * FULL_SHARE;
  } catch {
    // Its program has ended.
    return false;
  }
}
