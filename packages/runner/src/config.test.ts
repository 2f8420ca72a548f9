import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const least = { AI_SESSIONS_SERVER_URL: 'http://127.0.0.1:8080/', AI_SESSIONS_DATA_DIR: '/data' };

describe('readConfig', () => {
  it('fills in what is not set', () => {
    expect(readConfig({ ...least, AI_SESSIONS_SANDBOX: '' })).toMatchObject({
      serverUrl: 'http://127.0.0.1:8080',
      folder: '/data/runner',
      tokenFile: '/data/runner.token',
      sandbox: undefined,
      capacity: 100,
      sandboxLimits: { memory_mb: 2048 },
      sandboxUsers: { first: 70_000, count: 20_000 },
    });
  });

  it('names every problem at once', () => {
    const wrong = {
      AI_SESSIONS_SERVER_URL: 'nowhere',
      AI_SESSIONS_SANDBOX: 'jail',
      AI_SESSIONS_RUNNER_CAPACITY: 'many',
      AI_SESSIONS_SANDBOX_LIMITS: '{"memory":1}',
      AI_SESSIONS_SANDBOX_USERS: '0-1000',
    };
    expect(() => readConfig(wrong)).toThrow(/SERVER_URL[^]*SANDBOX[^]*CAPACITY[^]*SANDBOX_LIMITS[^]*SANDBOX_USERS/);
  });

  it('wants a user id for each session', () => {
    const few = { ...least, AI_SESSIONS_SANDBOX_USERS: '70000-70009', AI_SESSIONS_WARM_POOL: '2', AI_SESSIONS_RUNNER_CAPACITY: '9' };
    expect(() => readConfig(few)).toThrow(/10 user ids are too few for 9/);
    expect(readConfig({ ...few, AI_SESSIONS_RUNNER_CAPACITY: '8' }).sandboxUsers).toEqual({ first: 70_000, count: 10 });
  });
});
