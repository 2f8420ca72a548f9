import { defaultLimits } from '@ai-sessions/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRateLimits } from './memory-rate-limits.ts';
import type { RateLimitName } from './rate-limits.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sizes: [RateLimitName, number, number][] = [
  ['register', 10, 60_000],
  ['create_session', 10, 60_000],
  ['prompts', 60, 60_000],
  ['uploads', 10, 60_000],
  ['ws_messages', 100, 1000],
  ['sign_in', 30, 60_000],
];

describe.each(sizes)('%s', (name, limit, windowMs) => {
  test(`allows ${limit}, refuses the next, and opens again when the window ends`, async () => {
    const limits = createRateLimits(defaultLimits);
    for (let number = 1; number <= limit; number += 1) {
      expect(await limits.take(name, 'a')).toMatchObject({ allowed: true, limit, remaining: limit - number });
    }
    const refused = await limits.take(name, 'a');
    expect(refused).toMatchObject({ allowed: false, limit, remaining: 0 });
    expect(refused.resetMs).toBeGreaterThan(0);
    expect(refused.resetMs).toBeLessThanOrEqual(windowMs);
    vi.advanceTimersByTime(windowMs + 1);
    expect(await limits.take(name, 'a')).toMatchObject({ allowed: true, remaining: limit - 1 });
  });
});

describe('a budget', () => {
  test('is its own for each key and each limit', async () => {
    const limits = createRateLimits({ ...defaultLimits, register_per_minute: 1 });
    expect((await limits.take('register', 'a')).allowed).toBe(true);
    expect((await limits.take('register', 'a')).allowed).toBe(false);
    expect((await limits.take('register', 'b')).allowed).toBe(true);
    expect((await limits.take('create_session', 'a')).allowed).toBe(true);
  });

  test('does not count what it refused', async () => {
    const limits = createRateLimits({ ...defaultLimits, register_per_minute: 2 });
    for (let number = 0; number < 20; number += 1) await limits.take('register', 'a');
    await limits.giveBack('register', 'a');
    expect(await limits.take('register', 'a')).toMatchObject({ allowed: true, remaining: 0 });
    expect((await limits.take('register', 'a')).allowed).toBe(false);
  });

  test('never grows past its size by what is given back', async () => {
    const limits = createRateLimits({ ...defaultLimits, register_per_minute: 1 });
    await limits.giveBack('register', 'a');
    await limits.take('register', 'a');
    await limits.giveBack('register', 'a');
    await limits.giveBack('register', 'a');
    expect((await limits.take('register', 'a')).allowed).toBe(true);
    expect((await limits.take('register', 'a')).allowed).toBe(false);
  });

  test('is given back late without harm, when its window has ended', async () => {
    const limits = createRateLimits({ ...defaultLimits, register_per_minute: 1 });
    await limits.take('register', 'a');
    vi.advanceTimersByTime(61_000);
    await limits.giveBack('register', 'a');
    expect((await limits.take('register', 'a')).allowed).toBe(true);
    expect((await limits.take('register', 'a')).allowed).toBe(false);
  });

  test('of a forgotten user starts anew, but that for registering', async () => {
    const limits = createRateLimits({ ...defaultLimits, register_per_minute: 1, create_session_per_minute: 1 });
    await limits.take('register', 'a');
    await limits.take('create_session', 'a');
    await limits.forget('a');
    expect((await limits.take('create_session', 'a')).allowed).toBe(true);
    expect((await limits.take('register', 'a')).allowed).toBe(false);
  });

  test('is kept no longer than its window', async () => {
    const limits = createRateLimits(defaultLimits);
    for (let number = 0; number < 1000; number += 1) await limits.take('prompts', `ses_${number}`);
    expect(vi.getTimerCount()).toBe(1000);
    vi.advanceTimersByTime(60_001);
    expect(vi.getTimerCount()).toBe(0);
  });
});
