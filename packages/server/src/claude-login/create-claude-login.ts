import { ApiError, type Limits, type LinkFrame } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Ids } from '../ids.ts';
import type { RunnerConnection } from '../runners/runner-connection.ts';
import type { LoginAddress, RunnerClaudeLogin } from './claude-login.ts';
import { codeRefusal, exchangeRefusal, expired, planNotice, unknownLogin } from './login-refusal.ts';
import { changeLogin, hasEnded, type LoginChange, type LoginState } from './login-state.ts';
import { checkPastedCode } from './pasted-code.ts';

export interface ClaudeLoginOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly credentials: Pick<Credentials, 'storeOauthToken'>;
  readonly config: { readonly limits: Pick<Limits, 'oauth_seconds'> };
  /** A runner to hold a sign-in; null when there is none now. */
  readonly chooseRunner: () => RunnerConnection | null;
}

/** Each holds a Claude Code of some 200 MB on a runner. */
const mostOpen = 50;
/** Ended ones are kept a while, so that a late code is told what became of it; the oldest go first. */
const mostKept = 1000;
const keptMs = 3600_000;
/** Above the runner's own timeout for the exchange, which gives the better answer. */
const exchangeMs = 90_000;

interface Login {
  readonly id: string;
  readonly userId: string;
  readonly runner: RunnerConnection;
  readonly expiresAt: number;
  state: LoginState;
  timer: NodeJS.Timeout | undefined;
  /** Resolves when it has ended, however. */
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * Claude sign-ins, at most one open per user. They live in memory and on a runner: a restart of the server, or the loss of
 * the runner's link, ends them, and the user starts again.
 */
export function createClaudeLogin(options: ClaudeLoginOptions): RunnerClaudeLogin {
  const { clock, ids, log, credentials, config, chooseRunner } = options;
  const logins = new Map<string, Login>();

  /** False when it means nothing to the sign-in as it is. */
  function change(login: Login, event: LoginChange): boolean {
    const before = login.state;
    login.state = changeLogin(before, event);
    if (login.state === before) return false;
    if (login.state.phase === 'checking')
      setTimer(login, exchangeMs, { kind: 'ended', code: 'lost', message: 'The sign-in was not answered in time.' });
    if (hasEnded(login.state)) end(login);
    return true;
  }

  function end(login: Login): void {
    log.info({ login_id: login.id, outcome: outcomeOf(login.state) }, 'a Claude sign-in has ended');
    login.settled.resolve();
    // The runner has none of it any more where it told the end itself; a cancel does no harm then.
    ask(login, { op: 'cancel' });
    setTimer(login, keptMs, null);
  }

  /** What happens to it next unless something else comes first; null: it is forgotten. */
  function setTimer(login: Login, afterMs: number, event: LoginChange | null): void {
    clearTimeout(login.timer);
    login.timer = setTimeout(() => (event === null ? logins.delete(login.id) : change(login, event)), afterMs);
    login.timer.unref();
  }

  function ask(login: Login, request: Extract<LinkFrame, { type: 'login' }>['request']): void {
    login.runner.send({ type: 'login', login_id: login.id, request });
  }

  function find(userId: string, id: string): Login {
    const login = logins.get(id);
    if (login === undefined || login.userId !== userId) throw unknownLogin();
    // The timer may be late.
    if (clock.now() >= login.expiresAt) change(login, { kind: 'time_up' });
    return login;
  }

  function endOpenOf(userId: string, message: string): void {
    for (const login of logins.values()) if (login.userId === userId) change(login, { kind: 'ended', code: 'replaced', message });
  }

  function requireRoom(): void {
    const open = [...logins.values()].filter((login) => !hasEnded(login.state));
    if (open.length < mostOpen) return;
    const nextMs = Math.min(...open.map((login) => login.expiresAt)) - clock.now();
    throw new ApiError('unavailable', 'Too many sign-ins are open at the moment. Try again in a few minutes.', {
      retryAfterSeconds: Math.max(1, Math.ceil(nextMs / 1000)),
    });
  }

  function makeRoom(): void {
    for (const login of logins.values()) {
      if (logins.size < mostKept) return;
      if (!hasEnded(login.state)) continue;
      clearTimeout(login.timer);
      logins.delete(login.id);
    }
  }

  async function store(login: Login, token: string): Promise<void> {
    try {
      await credentials.storeOauthToken(login.userId, token);
      change(login, { kind: 'stored' });
    } catch (error) {
      // The user may have deregistered meanwhile.
      if (!(error instanceof ApiError)) log.error({ err: error, login_id: login.id }, 'a Claude token could not be stored');
      change(login, { kind: 'ended', code: 'lost', message: 'The sign-in could not be stored. Start it again.' });
    }
  }

  return {
    start(userId) {
      endOpenOf(userId, 'A newer sign-in was started.');
      requireRoom();
      const runner = chooseRunner();
      if (runner === null) {
        throw new ApiError('unavailable', 'No machine can take the sign-in now. Try again in a moment.', { retryAfterSeconds: 5 });
      }
      makeRoom();
      const expiresIn = config.limits.oauth_seconds;
      const login: Login = {
        id: ids.next('oauthSession'),
        userId,
        runner,
        expiresAt: clock.now() + expiresIn * 1000,
        state: { phase: 'pending' },
        timer: undefined,
        settled: Promise.withResolvers(),
      };
      logins.set(login.id, login);
      setTimer(login, expiresIn * 1000, { kind: 'time_up' });
      ask(login, { op: 'start', expires_in: expiresIn });
      return { id: login.id, expiresIn };
    },

    address: (userId, id) => addressOf(find(userId, id).state),

    async submit(userId, id, pasted) {
      const login = find(userId, id);
      if (login.state.phase !== 'ready') throw codeRefusal(login.state);
      const code = checkPastedCode(pasted, login.state.state);
      change(login, { kind: 'submitted' });
      ask(login, { op: 'code', code });
      await login.settled.promise;
      const refusal = exchangeRefusal(login.state);
      if (refusal !== null) throw refusal;
    },

    forget(userId) {
      endOpenOf(userId, 'The user has deregistered.');
      for (const login of logins.values()) {
        if (login.userId !== userId) continue;
        clearTimeout(login.timer);
        logins.delete(login.id);
      }
    },

    heard(connection, loginId, event) {
      const login = logins.get(loginId);
      if (login === undefined || login.runner !== connection) return;
      const heeded = change(login, { kind: 'told', event });
      if (heeded && event.kind === 'done') void store(login, event.token);
    },

    disconnected(connection) {
      const message = 'The machine that held this sign-in is not connected any more. Start it again.';
      for (const login of logins.values())
        if (login.runner === connection && login.state.phase !== 'storing') change(login, { kind: 'ended', code: 'lost', message });
    },

    async [Symbol.asyncDispose]() {
      for (const login of logins.values()) {
        change(login, { kind: 'ended', code: 'lost', message: 'The server is restarting. Start the sign-in again.' });
        clearTimeout(login.timer);
      }
      logins.clear();
    },
  };
}

/** @throws ApiError `oauth_session_expired`. */
function addressOf(state: LoginState): LoginAddress {
  switch (state.phase) {
    case 'pending':
      return { status: 'pending', message: `The sign-in is being prepared: ask again in a second. ${planNotice}` };
    case 'ready':
      return {
        status: 'ready',
        url: state.url,
        message: `Open the address, allow access, and submit the code that you are shown. ${planNotice}`,
      };
    case 'checking':
    case 'storing':
      return { status: 'ready', url: state.url, message: 'The code is being checked.' };
    case 'completed':
      return { status: 'ready', url: state.url, message: 'This sign-in is complete; there is nothing left to do.' };
    case 'failed':
      return { status: 'failed', error: state.message, message: 'This sign-in has failed. Start again: POST /v1/auth/claude/start.' };
    case 'expired':
      throw expired();
    default: {
      const unreachable: never = state;
      return unreachable;
    }
  }
}

function outcomeOf(state: LoginState): string {
  return state.phase === 'failed' ? state.code : state.phase;
}
