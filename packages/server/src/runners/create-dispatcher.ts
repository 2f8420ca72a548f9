import {
  ApiError,
  type LinkFrame,
  mcpTestResult,
  type RunnerFrame,
  type TerminalRequest,
  type WorkspaceRequest,
} from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Effect, SessionState } from '../domain/session-state.ts';
import { assignment, owedToRunner } from '../domain/session-ownership.ts';
import { promptText, promptTexts } from '../sessions/live-state.ts';
import type { Commands } from '../sessions/commands.ts';
import type { Applied, Store } from '../store/store.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Inventory, Reconciler } from './reconcile.ts';
import { Roster, type Runner } from './roster.ts';
import type { RunnerConnection } from './runner-connection.ts';
import type { SpecBuilder } from './session-spec.ts';

export interface DispatcherOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly clock: Clock;
  readonly specs: SpecBuilder;
  /** Reached lazily: commands and dispatcher need each other. */
  readonly commands: () => Commands;
}

/** The dispatcher with what the runner socket and the commands call. */
export interface RunnerDispatcher extends Dispatcher, AsyncDisposable {
  /** Carries out effects of a transition, in order per session. Never throws. */
  perform(state: SessionState, effects: readonly Effect[], fresh?: FreshEvents): void;
  /** A runner said hello: settles what both sides believe to be running, then gives it what waits. */
  connected(connection: RunnerConnection): Promise<void>;
  disconnected(connection: RunnerConnection): void;
  answered(frame: Extract<RunnerFrame, { type: 'answer' }>): void;
  /** A runner said what it runs: what differs from the rows twice in a row is settled. */
  inventory(connection: RunnerConnection, inventory: Inventory): void;
  /** The runner takes no new sessions. */
  draining(connection: RunnerConnection): void;
  /** The connected runner with the fewest sessions, full or not; null when none takes anything. */
  leastBusy(): RunnerConnection | null;
}

/** How often sessions that wait are offered to the runners, and those of lost runners looked for. */
const sweepMs = 2000;
const tokenRefreshMs = 20 * 60_000;
/** Above the time that a runner gives a test. */
const mcpTestMs = 50_000;

/** The events that the transition itself appended. */
type FreshEvents = Pick<Applied, 'envelopes' | 'firstSeq'>;

export function createDispatcher(options: DispatcherOptions): RunnerDispatcher {
  const { store, log, specs, commands } = options;
  const roster = new Roster(options.clock);
  const reconciler = new Reconciler({ store, log, commands, roster });
  const chains = new Map<string, Promise<void>>();
  const requests = new Map<string, { resolve(answer: { ok: boolean; body: unknown }): void; runnerId: string }>();
  let nextRequest = 1;

  const refresh = setInterval(() => {
    for (const runner of roster.all()) for (const id of runner.sessions) inOrder(id, () => refreshToken(id));
  }, tokenRefreshMs);
  refresh.unref();
  let sweeping: Promise<void> | null = null;
  const sweep = setInterval(() => {
    sweeping ??= sweepOnce()
      .catch((error: unknown) => log.error({ err: error }, 'sessions and runners could not be held against each other'))
      .finally(() => (sweeping = null));
  }, sweepMs);
  sweep.unref();

  /** A session that found no room, or whose runner was away, is not told of again: it is looked for. */
  async function sweepOnce(): Promise<void> {
    await reconciler.releaseLost();
    await placeWaiting();
  }

  async function placeWaiting(): Promise<void> {
    if (roster.accepting.length === 0) return;
    for (const id of await store.sessions.live({ unassigned: true })) inOrder(id, () => place(id));
  }

  /** Runs the actions of one session one after another; the next starts whatever became of the last. */
  function inOrder(sessionId: string, action: () => Promise<void>): void {
    const chain = (chains.get(sessionId) ?? Promise.resolve())
      .then(action)
      .catch((error: unknown) => log.error({ err: error, session: sessionId }, 'a runner could not be told'));
    chains.set(sessionId, chain);
    void chain.then(() => chains.get(sessionId) === chain && chains.delete(sessionId));
  }

  async function carryOut(state: SessionState, effect: Effect, fresh?: FreshEvents): Promise<void> {
    if (effect.kind === 'need_runner') return place(state.id);
    const runner = roster.get(state.runner_id);
    if (runner === undefined) return;
    if (effect.kind === 'end') runner.sessions.delete(state.id);
    const frame = await frameFor(state, effect, fresh);
    if (frame !== null) runner.connection.send(frame);
  }

  async function frameFor(
    state: SessionState,
    effect: Exclude<Effect, { kind: 'need_runner' }>,
    fresh?: FreshEvents,
  ): Promise<LinkFrame | null> {
    const owned = { session_id: state.id, epoch: state.epoch };
    switch (effect.kind) {
      case 'assign': {
        const spec = await specs.build(state.id, state.epoch);
        return spec === null ? null : { type: 'assign', spec };
      }
      case 'prompt': {
        const appended = fresh?.envelopes[effect.seq - fresh.firstSeq];
        const [text = ''] =
          appended !== undefined
            ? [promptText(appended)]
            : await promptTexts(store, {
                id: state.id,
                prompts: [{ prompt_id: effect.promptId, seq: effect.seq, status: 'sent' }],
              });
        return { type: 'prompt', ...owned, prompt: { prompt_id: effect.promptId, text, interrupted: effect.interrupted } };
      }
      case 'interrupt':
        return { type: 'interrupt', ...owned, prompt_id: effect.promptId };
      case 'resolution': {
        const { resolution } = effect;
        if (resolution.kind === 'approval') {
          const { kind: _kind, id, tool_name: _name, tool_input: _input, ...decision } = resolution;
          return { type: 'approval', ...owned, tool_use_id: id, ...decision };
        }
        const { answers, message } = resolution;
        return {
          type: 'question',
          ...owned,
          question_id: resolution.id,
          ...(answers === undefined ? {} : { answers }),
          ...(message === undefined ? {} : { message }),
        };
      }
      case 'hibernate':
        return { type: 'hibernate', ...owned };
      case 'end':
        return { type: 'end', session_id: state.id, epoch: effect.epoch };
      default: {
        const unreachable: never = effect;
        return unreachable;
      }
    }
  }

  async function place(sessionId: string): Promise<void> {
    const row = await store.sessions.get(sessionId);
    if (row === null || row.state.incarnation !== 'wanted') return;
    const runner = roster.choose(row.state.runner_id);
    if (runner === null) return;
    runner.sessions.add(sessionId);
    const applied = await commands().apply(sessionId, { kind: 'assign', runnerId: runner.connection.hello.runner_id });
    if (applied === null || !applied.outcome.ok) runner.sessions.delete(sessionId);
  }

  /** What the server believes to run on this runner and the runner did not name is lost, or was never heard of; what both name goes on. */
  async function welcome(runner: Runner): Promise<void> {
    const { connection } = runner;
    const { kept, unheard, lost } = await reconciler.settle(runner);
    for (const { id } of [...kept, ...unheard]) runner.sessions.add(id);
    connection.send({ type: 'welcome', sessions: kept.map(({ id, epoch, acked }) => ({ session_id: id, epoch, acked })) });
    for (const state of kept) {
      inOrder(state.id, () => refreshToken(state.id));
      perform(state, owedToRunner(state));
    }
    for (const state of unheard) perform(state, assignment(state));
    for (const session_id of connection.hello.stored) {
      if ((await store.sessions.get(session_id)) === null) connection.send({ type: 'purge', session_id });
    }
    for (const state of lost) await reconciler.lose(state);
  }

  async function refreshToken(sessionId: string): Promise<void> {
    const state = (await store.sessions.get(sessionId))?.state;
    const runner = roster.get(state?.runner_id ?? null);
    if (state === undefined || runner === undefined) return;
    runner.connection.send({ type: 'gateway_token', session_id: state.id, epoch: state.epoch, token: specs.token(state) });
  }

  /** @throws ApiError `unavailable`. */
  async function holder(sessionId: string): Promise<{ state: SessionState; runner: Runner }> {
    const state = (await store.sessions.get(sessionId))?.state;
    const runner = roster.get(state?.runner_id ?? null);
    if (state !== undefined && runner !== undefined) return { state, runner };
    throw new ApiError('unavailable', 'The machine that holds this session is not connected. Try again in a moment.', {
      retryAfterSeconds: 2,
    });
  }

  function perform(state: SessionState, effects: readonly Effect[], fresh?: FreshEvents): void {
    for (const effect of effects) inOrder(state.id, () => carryOut(state, effect, fresh));
  }

  /** Sends a request to a runner and waits for its answer. @throws ApiError `unavailable` when it is silent for `timeoutMs`. */
  async function ask(runner: Runner, frame: (requestId: string) => LinkFrame, timeoutMs: number): Promise<{ ok: boolean; body: unknown }> {
    const request_id = `req_${nextRequest++}`;
    const answer = new Promise<{ ok: boolean; body: unknown }>((resolve) =>
      requests.set(request_id, { resolve, runnerId: runner.connection.hello.runner_id }),
    );
    runner.connection.send(frame(request_id));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new ApiError('unavailable', 'The machine did not answer in time. Try again.', { retryAfterSeconds: 5 });
      timer = setTimeout(() => reject(error), timeoutMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
      requests.delete(request_id);
    }
  }

  return {
    perform,
    available: () => roster.accepting.length > 0,

    leastBusy: () => roster.leastBusy()?.connection ?? null,

    async connected(connection) {
      const runner = roster.join(connection);
      await welcome(runner);
      if (roster.get(connection.hello.runner_id) !== runner) return;
      runner.accepting = true;
      await placeWaiting();
    },

    disconnected(connection) {
      if (!roster.leave(connection)) return;
      for (const [id, request] of requests) {
        if (request.runnerId !== connection.hello.runner_id) continue;
        requests.delete(id);
        request.resolve({ ok: false, body: { code: 'unavailable' } });
      }
    },

    inventory(connection, inventory) {
      const runner = roster.get(connection.hello.runner_id);
      if (runner?.connection !== connection || !runner.accepting || runner.comparing) return;
      runner.comparing = true;
      void reconciler
        .compare(runner, inventory)
        .catch((error: unknown) => log.error({ err: error }, 'the inventory of a runner could not be compared'))
        .finally(() => (runner.comparing = false));
    },

    draining(connection) {
      const runner = roster.get(connection.hello.runner_id);
      if (runner?.connection === connection) runner.accepting = false;
    },

    async workspace(sessionId: string, request: WorkspaceRequest, timeoutMs: number) {
      const { runner } = await holder(sessionId);
      return ask(runner, (request_id) => ({ type: 'workspace', request_id, session_id: sessionId, request }), timeoutMs);
    },

    async testMcpServer(server) {
      const runner = roster.leastBusy();
      if (runner === null)
        throw new ApiError('unavailable', 'No machine can try the connection now. Try again in a moment.', { retryAfterSeconds: 2 });
      const { ok, body } = await ask(runner, (request_id) => ({ type: 'mcp_test', request_id, server }), mcpTestMs);
      if (!ok) throw new ApiError('unavailable', 'The connection could not be tried. Try again in a moment.', { retryAfterSeconds: 5 });
      return mcpTestResult.parse(body);
    },

    async terminal(sessionId: string, dialId: string, request: TerminalRequest) {
      const { state, runner } = await holder(sessionId);
      const { epoch } = state;
      // Behind the assignment, which may not be sent yet.
      inOrder(sessionId, async () => runner.connection.send({ type: 'terminal', session_id: sessionId, epoch, dial_id: dialId, request }));
    },

    answered(frame) {
      requests.get(frame.request_id)?.resolve({ ok: frame.ok, body: frame.body });
    },

    purge(sessionId) {
      for (const runner of roster.all()) runner.connection.send({ type: 'purge', session_id: sessionId });
    },

    [Symbol.asyncDispose]: async () => {
      clearInterval(refresh);
      clearInterval(sweep);
      await sweeping;
      await Promise.all(chains.values());
    },
  };
}
