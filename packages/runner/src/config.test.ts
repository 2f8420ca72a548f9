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
    });
  });

  it('names every problem at once', () => {
    const wrong = {
      AI_SESSIONS_SERVER_URL: 'nowhere',
      AI_SESSIONS_SANDBOX: 'jail',
      AI_SESSIONS_RUNNER_CAPACITY: 'many',
      AI_SESSIONS_SANDBOX_LIMITS: '{"memory":1}',
    };
    expect(() => readConfig(wrong)).toThrow(/SERVER_URL[^]*SANDBOX[^]*CAPACITY[^]*SANDBOX_LIMITS/);
  });
});
