import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('what comes within the burst or the pace is not held up; what is over is paid off', () => {
  let now = 0;
  const pace = new Pace(100, 50, () => now);
  expect(pace.take(100)).toBe(0);
  expect(pace.take(50)).toBe(1000);
  now = 1000;
  expect(pace.take(0)).toBe(0);
  now = 2000;
  expect(pace.take(50)).toBe(0);
  // A burst is saved up, and no more than one.
  now = 1_000_000;
  expect(pace.take(100)).toBe(0);
  expect(pace.take(0.5)).toBe(0);
  expect(pace.take(24.5)).toBe(500);
});
