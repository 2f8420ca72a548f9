import { expect, onTestFinished, test, vi } from 'vitest';
import { ProcessorShares } from './processor-shares.ts';

class Hog {
  used: number | undefined = 1_000_000;
  told: number[] = [];
  usedMs(): number | undefined {
    return this.used;
  }
  weigh(share: number): void {
    this.told.push(share);
  }
}

test('a sandbox is told its share when it changes, and what it used before it was watched does not count', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let now = 0;
  const shares = new ProcessorShares(() => now, 2);
  const hog = new Hog();
  using watch = shares.watch(hog);
  const pass = (looks: number, use: number): void => {
    for (let look = 0; look < looks; look++) {
      now += 500;
      hog.used = (hog.used ?? 0) + use;
      vi.advanceTimersByTime(500);
    }
  };
  pass(8, 1000);
  expect(hog.told).toEqual([]);
  pass(20, 1000);
  expect(hog.told).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]);
  hog.told = [];
  pass(80, 0);
  expect(hog.told).toEqual([1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]);
  watch[Symbol.dispose]();
  hog.used = undefined;
  pass(20, 1000);
  expect(hog.told).toHaveLength(5);
});
