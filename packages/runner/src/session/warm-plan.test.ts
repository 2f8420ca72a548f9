import { expect, test } from 'vitest';
import { DEMAND_MS, planSpares, type SessionStart } from './warm-plan.ts';

const now = 10_000_000;
const at = (key: string, ...secondsAgo: number[]): SessionStart[] => secondsAgo.map((seconds) => ({ key, at: now - seconds * 1000 }));
const plan = (starts: SessionStart[], most: number) =>
  Object.fromEntries(
    planSpares(
      starts.toSorted((a, b) => a.at - b.at),
      now,
      'usual',
      most,
    ),
  );

test.each([
  ['nothing has begun: one of the usual kind', [], 3, { usual: 1 }],
  ['switched off', at('a', 1, 2), 0, {}],
  ['switched off, nothing has begun', [], 0, {}],
  ['one after the other: one is enough', at('a', 100, 200, 300), 3, { a: 1 }],
  ['three at once', at('a', 100, 101, 102, 900), 5, { a: 3 }],
  ['more at once than may be kept', at('a', 1, 1, 1, 1, 1), 2, { a: 2 }],
  ['a burst that spans two windows counts once', at('a', 100, 109, 118, 127), 9, { a: 2 }],
  ['two kinds share by demand', [...at('a', 1, 2, 3, 4), ...at('b', 5, 6)], 3, { a: 2, b: 1 }],
  ['of two kinds with one spare the later one', [...at('a', 300), ...at('b', 100)], 1, { b: 1 }],
  ['what is long past counts no more', at('a', DEMAND_MS / 1000 + 1), 3, { usual: 1 }],
])('%s', (_, starts, most, expected) => {
  expect(plan(starts, most)).toEqual(expected);
});
