import type { Clock } from '../clock.ts';
import type { RunnerConnection } from './runner-connection.ts';

/** A runner as long as its link stands. */
export interface Runner {
  readonly connection: RunnerConnection;
  /** False until both sides agree on what it runs, and again once it drains. */
  accepting: boolean;
  /** The sessions that it was given and has not given back. */
  readonly sessions: Set<string>;
  /** What it last did not name although it should run it, and the other way round: once may be a message under way, twice is not. */
  suspects: ReadonlySet<string>;
  /** Its last inventory is still being compared. */
  comparing: boolean;
}

/** A runner that does not come back within this time has lost its sessions. */
const graceMs = 30_000;

/** The runners that are connected, and since when the others are not. */
export class Roster {
  readonly #clock: Clock;
  readonly #runners = new Map<string, Runner>();
  readonly #leftAt = new Map<string, number>();
  /** One that was never seen by this server may have been seen by the one before: it gets its time from the start on. */
  readonly #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  join(connection: RunnerConnection): Runner {
    const { runner_id } = connection.hello;
    this.#runners.get(runner_id)?.connection.reset('another link of the same runner');
    const runner: Runner = { connection, accepting: false, sessions: new Set(), suspects: new Set(), comparing: false };
    this.#runners.set(runner_id, runner);
    this.#leftAt.delete(runner_id);
    return runner;
  }

  /** False where another link of the same runner has taken its place. */
  leave(connection: RunnerConnection): boolean {
    const { runner_id } = connection.hello;
    if (this.#runners.get(runner_id)?.connection !== connection) return false;
    this.#runners.delete(runner_id);
    this.#leftAt.set(runner_id, this.#clock.now());
    return true;
  }

  get(runnerId: string | null): Runner | undefined {
    return runnerId === null ? undefined : this.#runners.get(runnerId);
  }

  all(): Runner[] {
    return [...this.#runners.values()];
  }

  /** True once a runner has been away for longer than a restart takes. */
  lost(runnerId: string): boolean {
    return !this.#runners.has(runnerId) && this.#clock.now() - (this.#leftAt.get(runnerId) ?? this.#startedAt) > graceMs;
  }

  get accepting(): Runner[] {
    return this.all().filter((runner) => runner.accepting);
  }

  /** The runner that had the session before, for its files are there; a new session goes to the emptiest with room. */
  choose(home: string | null): Runner | null {
    if (home !== null) {
      const runner = this.#runners.get(home);
      return runner !== undefined && runner.accepting ? runner : null;
    }
    return emptiest(this.accepting.filter((runner) => runner.sessions.size < runner.connection.hello.capacity));
  }

  leastBusy(): Runner | null {
    return emptiest(this.accepting);
  }
}

function emptiest(runners: readonly Runner[]): Runner | null {
  return runners.toSorted((a, b) => a.sessions.size - b.sessions.size)[0] ?? null;
}
