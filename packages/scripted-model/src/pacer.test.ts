import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pacer } from './pacer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Pacer', () => {
  test('counts from the start, however late it wakes up', async () => {
    let now = 0;
    using pacer = new Pacer(() => now, new AbortController().signal);
    expect(pacer.advance(10)).toBe(true);
    const woken = pacer.wait();
    now = 35;
    await vi.advanceTimersByTimeAsync(10);
    await woken;
    expect([pacer.advance(10), pacer.advance(10), pacer.advance(10)]).toEqual([false, false, true]);
  });

  test('counts anew after a restart', () => {
    let now = 0;
    using pacer = new Pacer(() => now, new AbortController().signal);
    now = 100;
    pacer.restart();
    expect(pacer.advance(1)).toBe(true);
  });

  test('rejects and clears its timer when aborted', async () => {
    const leaving = new AbortController();
    using pacer = new Pacer(() => 0, leaving.signal);
    pacer.advance(1000);
    const woken = pacer.wait();
    leaving.abort(new Error('left'));
    await expect(woken).rejects.toThrow('left');
    expect(vi.getTimerCount()).toBe(0);
    await expect(pacer.wait()).rejects.toThrow('left');
  });
});
