import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StallWatchdog } from './stall-watchdog.ts';

describe('StallWatchdog', () => {
  const stalls: number[] = [];
  let watchdog: StallWatchdog;
  beforeEach(() => {
    vi.useFakeTimers();
    stalls.length = 0;
    watchdog = new StallWatchdog({ modelMs: 1000, toolMs: 5000 }, (seconds) => stalls.push(seconds));
  });
  afterEach(() => {
    watchdog[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('tells of silence once', () => {
    watchdog.heard('model');
    vi.advanceTimersByTime(5000);
    expect(stalls).toEqual([1]);
  });

  it('is quiet while there are signs of life', () => {
    for (let time = 0; time < 20; time += 1) {
      watchdog.heard('model');
      vi.advanceTimersByTime(900);
    }
    expect(stalls).toEqual([]);
  });

  it('is more patient with a tool, and without end when nothing is due', () => {
    watchdog.heard('tool');
    vi.advanceTimersByTime(4000);
    watchdog.heard('nothing');
    vi.advanceTimersByTime(100_000);
    expect(stalls).toEqual([]);
    watchdog.heard('tool');
    vi.advanceTimersByTime(6000);
    expect(stalls).toEqual([5]);
  });
});
