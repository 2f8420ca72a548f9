import type { LoginEvent } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { changeLogin, hasEnded, type LoginChange, type LoginState } from './login-state.ts';

const url = 'https://claude.com/cai/oauth/authorize?code=true&state=the-state';
const states = {
  pending: { phase: 'pending' },
  ready: { phase: 'ready', url, state: 'the-state' },
  checking: { phase: 'checking', url },
  storing: { phase: 'storing', url },
  completed: { phase: 'completed', url },
  failed: { phase: 'failed', code: 'rejected', message: 'earlier' },
  expired: { phase: 'expired' },
} as const satisfies Record<string, LoginState>;
type Phase = keyof typeof states;

const told = (event: LoginEvent): LoginChange => ({ kind: 'told', event });
const changes = {
  url: told({ kind: 'url', url }),
  urlWithoutState: told({ kind: 'url', url: 'https://claude.ai/oauth/authorize?short' }),
  done: told({ kind: 'done', token: 'sk-ant-oat01-x' }),
  rejected: told({ kind: 'failed', code: 'rejected', message: 'no' }),
  runnerExpired: told({ kind: 'failed', code: 'expired', message: 'no' }),
  broken: told({ kind: 'failed', code: 'failed', message: 'no' }),
  submitted: { kind: 'submitted' },
  stored: { kind: 'stored' },
  timeUp: { kind: 'time_up' },
  replaced: { kind: 'ended', code: 'replaced', message: 'newer' },
} as const satisfies Record<string, LoginChange>;

const failed = (code: 'rejected' | 'replaced' | 'lost') => ({ phase: 'failed', code });
/** What each change leads to from each phase that has not ended; absent: nothing. */
const table: Record<'pending' | 'ready' | 'checking' | 'storing', Partial<Record<keyof typeof changes, object>>> = {
  pending: {
    url: states.ready,
    urlWithoutState: failed('lost'),
    rejected: failed('rejected'),
    runnerExpired: states.expired,
    broken: failed('lost'),
    timeUp: states.expired,
    replaced: failed('replaced'),
  },
  ready: {
    rejected: failed('rejected'),
    runnerExpired: states.expired,
    broken: failed('lost'),
    submitted: states.checking,
    timeUp: states.expired,
    replaced: failed('replaced'),
  },
  checking: {
    done: states.storing,
    rejected: failed('rejected'),
    runnerExpired: states.expired,
    broken: failed('lost'),
    replaced: failed('replaced'),
  },
  storing: { stored: states.completed, replaced: failed('replaced') },
};

describe.each(Object.keys(changes) as (keyof typeof changes)[])('%s', (name) => {
  test.each(Object.keys(table) as (keyof typeof table)[])('while %s', (phase) => {
    const expected = table[phase][name];
    const next = changeLogin(states[phase], changes[name]);
    if (expected === undefined) expect(next).toBe(states[phase]);
    else expect(next).toMatchObject(expected);
  });

  test.each(['completed', 'failed', 'expired'] satisfies Phase[])('changes nothing once %s', (phase) => {
    expect(changeLogin(states[phase], changes[name])).toBe(states[phase]);
    expect(hasEnded(states[phase])).toBe(true);
  });
});
