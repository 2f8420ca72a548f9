import {
  ApiError,
  type WorkspaceAnswer,
  type WorkspaceRefusal,
  type WorkspaceRequest,
  workspaceAnswers,
  workspaceRefusal,
} from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { Dispatcher } from '../runners/dispatcher.ts';

type Op = WorkspaceRequest['op'];
type Attempt<R extends WorkspaceRequest> =
  | { readonly answer: WorkspaceAnswer<R['op']> }
  | { readonly refused: Error }
  | { readonly away: ApiError };

/** Asks the machine that holds a session about its workspace. */
export interface SessionMachine {
  /**
   * Waits a few seconds for a machine that is not connected: a runner or a server that restarts is back by then.
   * @throws ApiError `not_found`, `invalid_path`, `payload_too_large`, `unavailable`, `rate_limited` (too many at once).
   */
  ask<const R extends WorkspaceRequest>(sessionId: string, request: R): Promise<WorkspaceAnswer<R['op']>>;
  /** The same without the wait: null when the machine does not answer at once. */
  askNow<const R extends WorkspaceRequest>(sessionId: string, request: R): Promise<WorkspaceAnswer<R['op']> | null>;
}

export interface SessionMachineOptions {
  readonly dispatcher: Pick<Dispatcher, 'workspace'>;
  readonly clock: Clock;
  readonly shutdown: AbortSignal;
  /** How long to wait for a machine that is not connected; default 8 s. */
  readonly patienceMs?: number;
}

const retryMs = 250;
const glanceMs = 2000;
/** A 100 MB file over a slow line between the machines. */
const timeouts: Readonly<Record<Op, number>> = {
  list: 20_000,
  stat: 10_000,
  place: 120_000,
  send: 120_000,
  send_zip: 120_000,
  changes: 40_000,
  change: 30_000,
};
const atOnce = 16;

export function createSessionMachine({ dispatcher, clock, shutdown, patienceMs = 8000 }: SessionMachineOptions): SessionMachine {
  const asking = new Map<string, number>();

  /** `away`: the machine is not there, or left before it answered. What it refuses itself is thrown. */
  async function attempt<R extends WorkspaceRequest>(sessionId: string, request: R, timeoutMs: number): Promise<Attempt<R>> {
    try {
      const { ok, body } = await dispatcher.workspace(sessionId, request, timeoutMs);
      if (ok) return { answer: workspaceAnswers[request.op].parse(body) as WorkspaceAnswer<R['op']> };
      const refused = workspaceRefusal.parse(body);
      if (refused.code === 'unavailable' && refused.message === undefined) return { away: restarting() };
      return { refused: refusedBy(refused) };
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unavailable') return { away: error };
      throw error;
    }
  }

  /** Every request may be made twice: placing is done once per key, the others only look. */
  async function patiently<R extends WorkspaceRequest>(sessionId: string, request: R): Promise<WorkspaceAnswer<R['op']>> {
    const until = clock.now() + patienceMs;
    for (;;) {
      const outcome = await attempt(sessionId, request, timeouts[request.op]);
      if ('answer' in outcome) return outcome.answer;
      if ('refused' in outcome) throw outcome.refused;
      if (clock.now() >= until || shutdown.aborted) throw outcome.away;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  return {
    async ask(sessionId, request) {
      const others = asking.get(sessionId) ?? 0;
      if (others >= atOnce)
        throw new ApiError('rate_limited', `At most ${atOnce} transfers of a session at once. Try again in a moment.`, {
          retryAfterSeconds: 1,
        });
      asking.set(sessionId, others + 1);
      try {
        return await patiently(sessionId, request);
      } finally {
        const left = (asking.get(sessionId) ?? 1) - 1;
        if (left > 0) asking.set(sessionId, left);
        else asking.delete(sessionId);
      }
    },
    async askNow(sessionId, request) {
      const outcome = await attempt(sessionId, request, glanceMs);
      if ('refused' in outcome) throw outcome.refused;
      return 'answer' in outcome ? outcome.answer : null;
    },
  };
}

function restarting(): ApiError {
  return new ApiError('unavailable', 'The machine that holds this session is restarting. Try again in a moment.', { retryAfterSeconds: 2 });
}

function refusedBy({ code, message }: WorkspaceRefusal): Error {
  switch (code) {
    case 'not_found':
      return new ApiError(code, message ?? 'There is nothing at this path in the workspace.');
    case 'invalid_path':
      return new ApiError(code, message ?? 'Give a path inside /workspace.');
    case 'payload_too_large':
      return new ApiError(code, message ?? 'The file is too large.');
    case 'unavailable':
      return message === undefined ? restarting() : new ApiError(code, message, { retryAfterSeconds: 30 });
    case 'internal':
      return new Error('a workspace request failed on the runner; its log says why');
    default: {
      const unreachable: never = code;
      return unreachable;
    }
  }
}
