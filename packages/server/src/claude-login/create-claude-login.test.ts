import { ApiError, type LinkFrame, type LoginEvent } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { randomIds } from '../ids.ts';
import type { RunnerConnection } from '../runners/runner-connection.ts';
import type { RunnerClaudeLogin } from './claude-login.ts';
import { createClaudeLogin } from './create-claude-login.ts';

const token = 'sk-ant-oat01-secret';
const url = 'https://claude.com/cai/oauth/authorize?code=true&state=the-state';
const code = 'good-code#the-state';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A runner that does what the test says. */
class Runner implements RunnerConnection {
  readonly hello: RunnerConnection['hello'] = {
    type: 'hello',
    runner_id: 'runner',
    boot_id: 'boot',
    capacity: 1,
    sandbox: 'none',
    claude_version: '0',
    sessions: [],
    stored: [],
  };
  readonly asked: Extract<LinkFrame, { type: 'login' }>[] = [];
  send(frame: LinkFrame): void {
    if (frame.type === 'login') this.asked.push(frame);
  }
  reset(): void {}
  ops(id: string): string[] {
    return this.asked.filter(({ login_id }) => login_id === id).map(({ request }) => request.op);
  }
}

function setUp() {
  const runner = new Runner();
  const runners: (Runner | null)[] = [runner];
  const stored: [string, string][] = [];
  let log = '';
  let fault: Error | null = null;
  const login = createClaudeLogin({
    clock: systemClock,
    ids: randomIds,
    log: pino({ level: 'trace' }, { write: (line: string) => void (log += line) }),
    credentials: {
      async storeOauthToken(userId, secret) {
        if (fault !== null) throw fault;
        stored.push([userId, secret]);
      },
    },
    config: { limits: { oauth_seconds: 300 } },
    chooseRunner: () => runners[0] ?? null,
  });
  return {
    login,
    runner,
    stored,
    noRunner: () => void (runners[0] = null),
    failToStore: (error: Error) => void (fault = error),
    log: () => log,
    ready(user = 'ada'): string {
      const { id } = login.start(user);
      login.heard(runner, id, { kind: 'url', url });
      return id;
    },
  };
}

const failure = (code: 'rejected' | 'expired' | 'failed'): LoginEvent => ({ kind: 'failed', code, message: 'It was so.' });

async function refused(act: () => unknown): Promise<{ code: string; message: string; retryAfterSeconds: number | undefined }> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const submit = (login: RunnerClaudeLogin, id: string, pasted = code, user = 'ada') => refused(() => login.submit(user, id, pasted));

test('start, address, code, token', async () => {
  const { login, runner, stored, log } = setUp();
  const { id, expiresIn } = login.start('ada');
  expect(expiresIn).toBe(300);
  expect(runner.asked).toEqual([{ type: 'login', login_id: id, request: { op: 'start', expires_in: 300 } }]);
  expect(login.address('ada', id)).toMatchObject({ status: 'pending', message: expect.stringContaining('terms') });
  login.heard(runner, id, { kind: 'url', url });
  expect(login.address('ada', id)).toMatchObject({ status: 'ready', url, message: expect.stringContaining('terms') });
  const submitted = login.submit('ada', id, ` ${code}\n`);
  expect(runner.asked.at(-1)?.request).toEqual({ op: 'code', code });
  login.heard(runner, id, { kind: 'done', token });
  await submitted;
  expect(stored).toEqual([['ada', token]]);
  expect(login.address('ada', id)).toMatchObject({ status: 'ready' });
  expect(log()).not.toContain(token);
  expect(log()).not.toContain('the-state');
});

describe('codes', () => {
  test.each([
    ['good-code'],
    ['good-code#'],
    ['#the-state'],
    ['a#b#the-state'],
    ['good code#the-state'],
    ['good\r#the-state'],
    ['good\u001b[A#the-state'],
  ])('not whole: %j', async (pasted) => {
    const { login, runner, ready } = setUp();
    const id = ready();
    expect(await submit(login, id, pasted)).toMatchObject({
      code: 'oauth_code_rejected',
      message: expect.stringContaining('Copy all of it'),
    });
    expect(runner.ops(id)).toEqual(['start']);
  });

  test('of another state are not passed on, and the right one still is', async () => {
    const { login, runner, stored, ready } = setUp();
    const id = ready();
    for (const other of ['good-code#other-state', 'good-code#the-stat', 'good-code#the-state2']) {
      const refusal = await submit(login, id, other);
      expect(refusal).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('another sign-in') });
      expect(refusal.message).not.toContain('good-code');
    }
    expect(runner.ops(id)).toEqual(['start']);
    const submitted = login.submit('ada', id, code);
    login.heard(runner, id, { kind: 'done', token });
    await submitted;
    expect(stored).toHaveLength(1);
  });

  test('early', async () => {
    const { login } = setUp();
    const { id } = login.start('ada');
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('no address yet') });
  });

  test('repeated while the first is checked, and after', async () => {
    const { login, runner, stored, ready } = setUp();
    const id = ready();
    const submitted = login.submit('ada', id, code);
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('already') });
    login.heard(runner, id, { kind: 'done', token });
    login.heard(runner, id, { kind: 'done', token: 'another' });
    await submitted;
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('complete') });
    expect(stored).toEqual([['ada', token]]);
    expect(runner.ops(id).filter((op) => op === 'code')).toHaveLength(1);
  });

  test('refused by Anthropic end the sign-in', async () => {
    const { login, runner, stored, ready } = setUp();
    const id = ready();
    const refusal = submit(login, id);
    login.heard(runner, id, failure('rejected'));
    expect(await refusal).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('It was so.') });
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_code_rejected', message: expect.stringContaining('Start again') });
    expect(login.address('ada', id)).toMatchObject({ status: 'failed', error: 'It was so.' });
    expect(stored).toEqual([]);
  });

  test('of another user’s sign-in, and of none', async () => {
    const { login, ready } = setUp();
    const id = ready();
    expect(await submit(login, id, code, 'eve')).toMatchObject({ code: 'not_found' });
    expect(await submit(login, 'oas_unknown')).toMatchObject({ code: 'not_found' });
    expect(await refused(() => login.address('eve', id))).toMatchObject({ code: 'not_found' });
  });
});

describe('expiry', () => {
  test('after 300 s, which the runner is told', async () => {
    const { login, runner, ready } = setUp();
    const id = ready();
    vi.advanceTimersByTime(299_999);
    expect(login.address('ada', id)).toMatchObject({ status: 'ready' });
    vi.advanceTimersByTime(1);
    expect(runner.ops(id)).toEqual(['start', 'cancel']);
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_session_expired' });
    expect(await refused(() => login.address('ada', id))).toMatchObject({ code: 'oauth_session_expired' });
  });

  test('by the clock, where the timer is late', async () => {
    const { login, ready } = setUp();
    const id = ready();
    vi.setSystemTime(Date.now() + 300_000);
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_session_expired' });
  });

  test('told by the runner', async () => {
    const { login, runner, ready } = setUp();
    const id = ready();
    login.heard(runner, id, failure('expired'));
    expect(await submit(login, id)).toMatchObject({ code: 'oauth_session_expired' });
  });

  test('does not cut a code that is being checked, but that has a timeout of its own', async () => {
    const { login, stored, runner, ready } = setUp();
    const id = ready();
    vi.advanceTimersByTime(299_000);
    const submitted = login.submit('ada', id, code);
    vi.advanceTimersByTime(30_000);
    login.heard(runner, id, { kind: 'done', token });
    await submitted;
    expect(stored).toHaveLength(1);

    const silent = ready();
    const refusal = submit(login, silent);
    vi.advanceTimersByTime(90_000);
    expect(await refusal).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    login.heard(runner, silent, { kind: 'done', token });
    expect(stored).toHaveLength(1);
  });

  test('an ended one is forgotten after an hour', async () => {
    const { login, ready } = setUp();
    const id = ready();
    vi.advanceTimersByTime(300_000 + 3_600_000);
    expect(await submit(login, id)).toMatchObject({ code: 'not_found' });
  });
});

describe('one at a time', () => {
  test('a new one ends the earlier, and its waiting code', async () => {
    const { login, runner, stored, ready } = setUp();
    const first = ready();
    const waiting = submit(login, first);
    const second = ready();
    expect(await waiting).toMatchObject({ code: 'oauth_session_expired', message: expect.stringContaining('newer') });
    expect(runner.ops(first)).toEqual(['start', 'code', 'cancel']);
    expect(login.address('ada', first)).toMatchObject({ status: 'failed' });
    login.heard(runner, first, { kind: 'done', token });
    expect(stored).toEqual([]);
    expect(login.address('ada', second)).toMatchObject({ status: 'ready' });
    // Another user's is another matter.
    ready('bob');
    expect(login.address('ada', second)).toMatchObject({ status: 'ready' });
  });

  test('fifty over all, then unavailable', async () => {
    const { login } = setUp();
    for (let i = 0; i < 50; i++) login.start(`user-${i}`);
    vi.advanceTimersByTime(100_000);
    expect(await refused(() => login.start('ada'))).toMatchObject({ code: 'unavailable', retryAfterSeconds: 200 });
    login.start('user-7');
    vi.advanceTimersByTime(200_000);
    login.start('ada');
  });

  test('what is kept of ended ones is bounded', async () => {
    const { login } = setUp();
    const { id } = login.start('ada');
    for (let i = 0; i < 1000; i++) login.start('bob');
    login.start('ada');
    expect(await submit(login, id)).toMatchObject({ code: 'not_found' });
  });
});

describe('runners', () => {
  test('none', async () => {
    const { login, noRunner } = setUp();
    noRunner();
    expect(await refused(() => login.start('ada'))).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
  });

  test('gone: its sign-ins fail, and it must not speak of them any more', async () => {
    const { login, runner, stored, ready } = setUp();
    const waiting = ready();
    const id = ready('bob');
    const refusal = submit(login, id, code, 'bob');
    login.disconnected(runner);
    expect(await refusal).toMatchObject({ code: 'unavailable' });
    expect(login.address('ada', waiting)).toMatchObject({ status: 'failed', error: expect.stringContaining('not connected') });
    expect(await submit(login, waiting)).toMatchObject({ code: 'oauth_session_expired' });
    login.heard(runner, id, { kind: 'done', token });
    expect(stored).toEqual([]);
  });

  test('only the one that holds a sign-in is heard, and a token only after a code', () => {
    const { login, runner, stored } = setUp();
    const { id } = login.start('ada');
    login.heard(new Runner(), id, { kind: 'url', url });
    expect(login.address('ada', id)).toMatchObject({ status: 'pending' });
    login.heard(runner, id, { kind: 'url', url });
    login.heard(runner, id, { kind: 'done', token });
    login.heard(runner, 'oas_unknown', { kind: 'done', token });
    expect(stored).toEqual([]);
  });

  test('an address without a state cannot be used', () => {
    const { login, runner } = setUp();
    const { id } = login.start('ada');
    login.heard(runner, id, { kind: 'url', url: 'https://claude.ai/oauth/authorize?short' });
    expect(login.address('ada', id)).toMatchObject({ status: 'failed' });
    expect(runner.ops(id)).toEqual(['start', 'cancel']);
  });
});

test('a token that cannot be stored is a failure of ours, told without the token', async () => {
  const { login, runner, ready, failToStore, log } = setUp();
  failToStore(new Error('the disk is full'));
  const id = ready();
  const refusal = submit(login, id);
  login.heard(runner, id, { kind: 'done', token });
  expect(await refusal).toMatchObject({ code: 'unavailable' });
  expect(log()).toContain('the disk is full');
  expect(log()).not.toContain(token);
});

test('a user who deregisters is forgotten; the end of the server ends all', async () => {
  const { login, runner, ready } = setUp();
  const mine = ready();
  const refusal = submit(login, mine);
  login.forget('ada');
  expect(await refusal).toMatchObject({ code: 'oauth_session_expired' });
  expect(await submit(login, mine)).toMatchObject({ code: 'not_found' });
  const id = ready('bob');
  const ended = submit(login, id, code, 'bob');
  await login[Symbol.asyncDispose]();
  expect(await ended).toMatchObject({ code: 'unavailable' });
  expect(runner.ops(id)).toEqual(['start', 'code', 'cancel']);
  expect(vi.getTimerCount()).toBe(0);
});
