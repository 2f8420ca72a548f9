import { expect, test } from 'vitest';
import { clampShare, shareAfterKey } from './split-share.ts';

test('the panel keeps to a part that leaves both usable, whatever was stored', () => {
  expect([10, 25, 40, 75, 99, Number.NaN].map(clampShare)).toEqual([25, 25, 40, 75, 75, 50]);
});

test('the bar moves the way of the arrow, and not beyond its ends', () => {
  expect(shareAfterKey(50, 'ArrowLeft')).toBe(54);
  expect(shareAfterKey(50, 'ArrowRight')).toBe(46);
  expect(shareAfterKey(26, 'ArrowRight')).toBe(25);
  expect([shareAfterKey(50, 'Home'), shareAfterKey(50, 'End'), shareAfterKey(50, 'a')]).toEqual([75, 25, undefined]);
});
