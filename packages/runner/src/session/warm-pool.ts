import { rm } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { SessionSpec } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Hosting } from './hosting.ts';
import { splitSpec, STARTER_SPEC } from './late-settings.ts';
import { Spare, spareKey } from './spare.ts';
import { DEMAND_MS, planSpares, type SessionStart } from './warm-plan.ts';

export interface WarmPoolOptions {
  readonly hosting: Hosting;
  /** Folder for the spares' files; whatever an earlier runner left in it is removed. */
  readonly folder: string;
  /** No more spares than this; 0: none. */
  readonly most: number;
  readonly log: Logger;
}

/** A session that began is let have its first turn before cores are spent on its successor. */
const QUIET_MS = 1000;
const TEND_MS = 60_000;
/** What Claude Code has read at its start grows old. */
const RENEW_MS = 30 * 60_000;
/** When spares do not come up: the pause before the next try. */
const FAILED_MS = 60_000;
const REMEMBERED_STARTS = 200;
/** Stays free when a spare is there: so much, and a tenth of the machine's memory. A spare takes about 200 MB. */
const FREE_BYTES = 1024 ** 3;
const FREE_SHARE = 0.1;

interface Parked {
  readonly spare: Spare;
  readonly since: number;
}

/**
 * Claude Codes that have been started before anybody asked for them, so that a session does not wait for its own. Each is claimed once and then
 * belongs to its session. Never needed: a session that finds none starts its own.
 */
export class WarmPool implements AsyncDisposable {
  readonly #options: WarmPoolOptions;
  readonly #most: number;
  readonly #usual = spareKey(STARTER_SPEC);
  readonly #fixed = new Map<string, SessionSpec>([[this.#usual, STARTER_SPEC]]);
  readonly #parked: Parked[] = [];
  readonly #discards = new Set<Promise<void>>();
  #starts: SessionStart[] = [];
  #timer: NodeJS.Timeout | undefined;
  #tending: Promise<void> | undefined;
  #closed = false;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
    // Without isolation the host's paths are the session's: a place cannot be moved to it.
    this.#most = options.hosting.driver.kind === 'none' ? 0 : options.most;
  }

  async start(): Promise<void> {
    await rm(this.#options.folder, { recursive: true, force: true });
    this.#options.hosting.starts.onIdle(() => this.#tendLater(QUIET_MS));
    this.#tendLater(0);
  }

  /** Spares that are ready. */
  get size(): number {
    return this.#parked.length;
  }

  /** Takes a spare that can serve this new session, and learns what is asked for. Undefined: there is none. */
  claim(spec: SessionSpec): Spare | undefined {
    const split = this.#most > 0 ? splitSpec(spec) : undefined;
    if (split === undefined || this.#closed) return undefined;
    const key = spareKey(split.fixed);
    this.#learn(key, split.fixed);
    this.#tendLater(QUIET_MS);
    const index = this.#parked.findIndex(({ spare }) => spare.key === key);
    return index < 0 ? undefined : this.#parked.splice(index, 1)[0]?.spare;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#tending;
    for (const parked of this.#parked.slice()) this.#discard(parked);
    await Promise.all(this.#discards);
  }

  #learn(key: string, fixed: SessionSpec): void {
    const now = this.#options.hosting.now();
    this.#starts = [...this.#starts.slice(1 - REMEMBERED_STARTS), { key, at: now }].filter(({ at }) => now - at <= DEMAND_MS);
    this.#fixed.set(key, fixed);
    for (const known of this.#fixed.keys())
      if (known !== this.#usual && this.#starts.every((start) => start.key !== known)) this.#fixed.delete(known);
  }

  #tendLater(ms: number): void {
    if (this.#closed || this.#most === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tending ??= this.#tend()
        .catch((error: unknown) => {
          this.#options.log.warn({ err: error }, 'no spare Claude Code can be kept ready');
          return FAILED_MS;
        })
        .then((pause) => {
          this.#tending = undefined;
          this.#tendLater(pause);
        });
    }, ms).unref();
  }

  /** Removes what is no longer wanted, and parks what is, one at a time. Gives the pause until the next look. */
  async #tend(): Promise<number> {
    for (let parked = 0; ; parked++) {
      const plan = planSpares(this.#starts, this.#options.hosting.now(), this.#usual, hasRoom(0) ? this.#most : 0);
      this.#discardUnwanted(plan);
      const missing = [...plan].find(([key, count]) => this.#countOf(key) < count)?.[0];
      if (missing === undefined && parked > 0) this.#options.log.info({ spares: this.size }, 'all spares are ready');
      // A session's own start goes first; its end brings us back here.
      if (this.#closed || missing === undefined || this.#options.hosting.starts.busy || !hasRoom(FREE_BYTES / 2)) return TEND_MS;
      const fixed = this.#fixed.get(missing);
      if (fixed === undefined) return TEND_MS;
      const began = performance.now();
      const spare = await Spare.park({ ...this.#options, fixed });
      if (spare === undefined) throw new Error('Claude Code did not come up');
      this.#keep({ spare, since: this.#options.hosting.now() });
      this.#options.log.info({ spare: spare.name, parkMs: Math.round(performance.now() - began), spares: this.size }, 'a spare is ready');
    }
  }

  #keep(parked: Parked): void {
    this.#parked.push(parked);
    void parked.spare.ended.then(() => this.#parked.includes(parked) && this.#died(parked));
  }

  #died(parked: Parked): void {
    this.#options.log.warn({ spare: parked.spare.name }, 'a spare Claude Code ended');
    this.#discard(parked);
    this.#tendLater(QUIET_MS);
  }

  #discardUnwanted(plan: ReadonlyMap<string, number>): void {
    const left = new Map(plan);
    const now = this.#options.hosting.now();
    for (const parked of this.#parked.slice()) {
      const wanted = left.get(parked.spare.key) ?? 0;
      left.set(parked.spare.key, wanted - 1);
      if (wanted <= 0 || now - parked.since > RENEW_MS) this.#discard(parked);
    }
  }

  #countOf(key: string): number {
    return this.#parked.filter(({ spare }) => spare.key === key).length;
  }

  #discard(parked: Parked): void {
    const index = this.#parked.indexOf(parked);
    if (index < 0) return;
    this.#parked.splice(index, 1);
    const gone = parked.spare[Symbol.asyncDispose]().catch((error: unknown) =>
      this.#options.log.error({ err: error, spare: parked.spare.name }, 'something of a spare is left'),
    );
    this.#discards.add(gone);
    void gone.finally(() => this.#discards.delete(gone));
  }
}

function hasRoom(more: number): boolean {
  return Math.min(freemem(), process.availableMemory()) - more > Math.max(FREE_BYTES, totalmem() * FREE_SHARE);
}
