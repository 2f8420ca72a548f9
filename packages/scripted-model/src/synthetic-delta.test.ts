import { expect, test } from 'vitest';
import { readSyntheticDeltas, syntheticDelta } from './synthetic-delta.ts';

test('syntheticDelta carries index and time and fills up to its size', () => {
  expect(syntheticDelta(7, 0, 1700000000000.125)).toBe('7:1700000000000.125 ');
  expect(syntheticDelta(7, 30, 1700000000000.125)).toHaveLength(30);
});

test('readSyntheticDeltas finds every complete stamp', () => {
  const text = syntheticDelta(0, 40, 1.5) + syntheticDelta(1, 0, 2.25) + '2:3.1';
  expect(readSyntheticDeltas(text)).toEqual([
    { index: 0, sentAt: 1.5 },
    { index: 1, sentAt: 2.25 },
  ]);
});
