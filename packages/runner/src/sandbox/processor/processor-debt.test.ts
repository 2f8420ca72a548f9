import { expect, test } from 'vitest';
import { debtAfter, shareOf } from './processor-debt.ts';

/** The debt of a session that uses so many cores in each half second of a pattern, for so long. */
function debtOf(seconds: number, pattern: (look: number) => number, from = 0): number {
  let debt = from;
  for (let look = 0; look < seconds * 2; look++) debt = debtAfter(debt, pattern(look) * 500, 500);
  return debt;
}

test.each([
  [0, 1],
  [5000, 1],
  [5001, 0.5],
  [7000, 0.5],
  [7001, 0.25],
  [13_001, 1 / 32],
  [999_999, 1 / 32],
])('a debt of %i ms leaves a share of %f', (debt, share) => {
  expect(shareOf(debt)).toBe(share);
});

test('whoever takes two cores gives way after three seconds, and all the way after eight', () => {
  expect(shareOf(debtOf(2.5, () => 2))).toBe(1);
  expect(shareOf(debtOf(3.5, () => 2))).toBeLessThan(1);
  expect(shareOf(debtOf(8, () => 2))).toBe(1 / 32);
});

test.each([
  ['one of twenty that share two cores', (): number => 0.1],
  ['one that rests every other half second', (look: number): number => (look % 2) * 2],
])('%s gives way all the way, and stays there', (_, pattern) => {
  const debt = debtOf(400, pattern);
  expect(shareOf(debt)).toBe(1 / 32);
  expect(shareOf(debtOf(10, pattern, debt))).toBe(1 / 32);
});

test('whoever works three seconds in ten gives way as well', () => {
  const debt = debtOf(400, (look) => (look % 20 < 6 ? 2 : 0));
  expect(shareOf(debt)).toBeLessThanOrEqual(1 / 4);
});

test('one that answers somebody has a full share: a start, then turns of half a second, two of three seconds apart', () => {
  expect(shareOf(debtOf(300, (look) => (look < 2 ? 1 : look % 4 === 0 ? 0.8 : 0.01)))).toBe(1);
});

test('whoever rests has a full share again within half a minute, whatever it did before', () => {
  const debt = debtOf(3600, () => 2);
  expect(shareOf(debtOf(30, () => 0.015, debt))).toBe(1);
});
