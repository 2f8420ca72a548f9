import { expect, test } from 'vitest';
import { debtAfter, partsOfEqualShares, shareOf } from './processor-debt.ts';

/** Cores that a session uses in the half second of this number. */
type Use = (look: number) => number;

/** The shares after so long of sessions on two cores that use so much, for them all. */
function sharesAfter(seconds: number, uses: readonly Use[], debts = uses.map(() => 0)): number[] {
  for (let look = 0; look < seconds * 2; look++) {
    const parts = partsOfEqualShares(
      uses.map((use) => use(look) * 500),
      500,
      2,
    );
    for (const [index, part] of parts.entries()) debts[index] = debtAfter(debts[index] ?? 0, part, 500);
  }
  return debts.map(shareOf);
}

const LEAST = 1 / 32;
const idle: Use = () => 0.015;
/** A turn of half a second every three. */
const answering: Use = (look) => (look % 6 === 0 ? 0.8 : 0.015);

test.each([
  [0, 1],
  [3000, 1],
  [3001, 0.5],
  [4000, 0.5],
  [4001, 0.25],
  [7001, LEAST],
  [999_999, LEAST],
])('a debt of %i ms leaves a share of %f', (debt, share) => {
  expect(shareOf(debt)).toBe(share);
});

test('whoever takes all there is gives way after four seconds, and all the way after twelve', () => {
  expect(sharesAfter(4, [() => 2])).toEqual([1]);
  expect(sharesAfter(5, [() => 2])).toEqual([0.5]);
  expect(sharesAfter(12, [() => 2])).toEqual([LEAST]);
});

test.each([2, 6, 20])('%i hogs that share two cores are found out as soon as one alone', (count) => {
  const hogs = Array.from({ length: count }, (): Use => () => 2 / count);
  expect(new Set(sharesAfter(5, hogs))).toEqual(new Set([0.5]));
  expect(new Set(sharesAfter(60, hogs))).toEqual(new Set([LEAST]));
});

test('one that answers somebody keeps a full share, beside hogs and hundreds that are idle', () => {
  const others = [...Array.from({ length: 5 }, (): Use => () => 0.35), ...Array.from({ length: 300 }, () => idle)];
  const [mine, ...theirs] = sharesAfter(120, [answering, ...others]);
  expect(mine).toBe(1);
  expect(theirs.slice(0, 5)).toEqual(others.slice(0, 5).map(() => LEAST));
  expect(new Set(theirs.slice(5))).toEqual(new Set([1]));
});

test('an agent that uses an eighth of a core all the time keeps a full share beside a hog', () => {
  expect(sharesAfter(600, [() => 0.125, () => 1.8])).toEqual([1, LEAST]);
});

test('whoever rests every other half second gives way nevertheless', () => {
  expect(sharesAfter(120, [(look) => (look % 2) * 2])[0]).toBeLessThanOrEqual(1 / 8);
});

test('whoever rests has a full share again within half a minute, whatever it did before', () => {
  const debts = [0];
  sharesAfter(3600, [() => 2], debts);
  expect(sharesAfter(30, [idle], debts)).toEqual([1]);
});

test('where cores are left for everybody nobody makes a debt', () => {
  expect(partsOfEqualShares([1000, 0], 1000, 16)).toEqual([1 / 16, 0]);
});
