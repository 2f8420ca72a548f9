import type { Logger } from 'pino';
import { hasProcesses } from '../domain/session-ownership.ts';
import type { SessionState } from '../domain/session-state.ts';
import type { Commands } from '../sessions/commands.ts';
import type { Store } from '../store/store.ts';
import type { Roster, Runner } from './roster.ts';

/** What a runner says that it runs. */
export type Inventory = readonly { readonly session_id: string; readonly epoch: number }[];

export interface ReconcilerOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly commands: () => Commands;
  readonly roster: Roster;
}

/**
 * Holds rows and runners against each other, at each hello, with each inventory and now and then: a row that no runner answers for is
 * lost, what a runner has without a row ends. Without it a bug or a lost message on either side would leave a session in `working` for
 * ever, or a process that nobody knows of.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /**
   * At a hello: sessions that both sides know go on; those that only the row knows are given in `lost`. An assignment of which the
   * runner has nothing, not even on disk, did not reach it: nothing was lost but the message, which is `unheard`.
   */
  async settle(runner: Runner): Promise<{ kept: SessionState[]; unheard: SessionState[]; lost: SessionState[] }> {
    const { store } = this.#options;
    const { runner_id, sessions } = runner.connection.hello;
    const named = newestEpochs(sessions);
    const kept: SessionState[] = [];
    const unheard: SessionState[] = [];
    const lost: SessionState[] = [];
    for (const id of new Set([...(await store.sessions.live({ runnerId: runner_id, awake: true })), ...named.keys()])) {
      const state = (await store.sessions.get(id))?.state;
      if (state === undefined || !hasProcesses(state) || state.runner_id !== runner_id) continue;
      if (named.get(id) === state.epoch) kept.push(state);
      else if ((named.get(id) ?? 0) > state.epoch) continue;
      else if (state.incarnation === 'starting' && state.acked === 0) unheard.push(state);
      else lost.push(state);
    }
    return { kept, unheard, lost };
  }

  /** While the link stands: what the two disagree on twice in a row is settled. */
  async compare(runner: Runner, inventory: Inventory): Promise<void> {
    const { store, log } = this.#options;
    const { runner_id } = runner.connection.hello;
    const named = newestEpochs(inventory);
    const suspects = new Set<string>();
    const twice = (suspect: string) => {
      suspects.add(suspect);
      return runner.suspects.has(suspect);
    };
    const believed = new Set<string>();
    for (const id of await store.sessions.live({ runnerId: runner_id, awake: true })) {
      const state = (await store.sessions.get(id))?.state;
      if (state === undefined || !hasProcesses(state)) continue;
      believed.add(`${id}/${state.epoch}`);
      if (named.get(id) === state.epoch || !twice(`${id}/${state.epoch}`)) continue;
      log.error(
        { session: id, epoch: state.epoch, runner: runner_id },
        'a runner does not know a session that it was given; it is taken up anew',
      );
      await this.lose(state);
    }
    for (const { session_id, epoch } of inventory) {
      if (believed.has(`${session_id}/${epoch}`) || !twice(`${session_id}/${epoch}`)) continue;
      log.error({ session: session_id, epoch, runner: runner_id }, 'a runner has a session that is not its; it is ended there');
      runner.connection.send({ type: 'end', session_id, epoch });
    }
    runner.suspects = suspects;
    runner.sessions.clear();
    for (const id of believed) runner.sessions.add(id.slice(0, id.lastIndexOf('/')));
  }

  /** Sessions of runners that have been away for too long are released. */
  async releaseLost(): Promise<void> {
    const { store, log, roster } = this.#options;
    for (const id of await store.sessions.live({ awake: true })) {
      const state = (await store.sessions.get(id))?.state;
      if (state === undefined || state.runner_id === null || !hasProcesses(state) || !roster.lost(state.runner_id)) continue;
      log.warn({ session: id, runner: state.runner_id }, 'a runner did not come back; its session is given back');
      await this.lose(state);
    }
  }

  async lose(state: SessionState): Promise<void> {
    await this.#options.commands().apply(state.id, { kind: 'lost', epoch: state.epoch });
  }
}

/** A runner may also name an earlier incarnation, of which it has something left to tell. */
function newestEpochs(inventory: Inventory): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { session_id, epoch } of inventory) newest.set(session_id, Math.max(epoch, newest.get(session_id) ?? 0));
  return newest;
}
