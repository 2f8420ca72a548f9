import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DiskBudget, isDue, measured, newBudget, stopped } from './disk-budget.ts';

const at = (used: number, more: Partial<DiskBudget> = {}): DiskBudget => ({
  ...newBudget(6400, { grown: 1000, now: 0 }),
  used,
  ...more,
});
const fresh = at(0, { used: undefined });

test.each([
  ['never measured, just opened', fresh, 1000, 19, false],
  ['never measured, opened a while ago', fresh, 1000, 3000, true],
  ['never measured, much written', fresh, 4200, 19, true],
  ['empty, nothing written', at(0), 1000, 99_000, false],
  ['empty, nearly half of the room written', at(0), 4199, 19, false],
  ['empty, half of the room written', at(0), 4200, 19, true],
  ['nearly full, half of the rest written', at(6000), 1200, 19, true],
  ['nearly full, less written', at(6000), 1199, 19, false],
  ['all but full: no finer than a sixty-fourth', at(6399), 1099, 19, false],
  ['all but full', at(6399), 1100, 19, true],
  ['over', at(9000), 1100, 19, true],
  ['measuring takes long: a rest comes first', at(9000, { measuringMs: 10 }), 5000, 19, false],
  ['measuring took long: the rest is over', at(9000, { measuringMs: 10 }), 5000, 20, true],
])('%s', (_, budget, grown, now, due) => {
  expect(isDue(budget, { grown, now })).toBe(due);
});

test('who passes the limit, or grows on past it, is stopped; who was found so, or removes, is not', () => {
  const begun = { grown: 1099, now: 10 };
  const see = (budget: DiskBudget, used: number) => measured(budget, used, begun, 14);
  const found = see(fresh, 7000);
  expect(found).toMatchObject({ budget: { used: 7000, grownThen: 1099, measuredAt: 14, measuringMs: 4 }, over: true, growing: 'no' });
  expect(measured(fresh, 7000, { grown: 1100, now: 10 }, 14)).toMatchObject({ over: true, growing: 'perhaps' });
  const less = see(found.budget, 6900);
  expect(less).toMatchObject({ over: true, growing: 'no', budget: { mark: 6900 } });
  const little = see(less.budget, 6950);
  expect(little).toMatchObject({ over: true, growing: 'no', budget: { mark: 6900 } });
  const more = see(little.budget, 7000);
  expect(more).toMatchObject({ over: true, growing: 'yes' });
  const ended = see(stopped(more.budget, begun), 7900);
  expect(ended).toMatchObject({ over: true, growing: 'no', budget: { mark: 7900 } });
  expect(see(ended.budget, 8000)).toMatchObject({ over: true, growing: 'yes' });
  const below = see(more.budget, 6400);
  expect(below).toMatchObject({ over: false, growing: 'no', budget: { mark: undefined } });
  expect(see(below.budget, 6401)).toMatchObject({ over: true, growing: 'yes' });
});

test('whoever writes in whatever steps, and however much others write, is stopped within a step and a sixty-fourth past the limit', () => {
  const steps = fc.array(fc.record({ mine: fc.nat(500), others: fc.nat(5000) }), { minLength: 50, maxLength: 400 });
  fc.assert(
    fc.property(steps, (writes) => {
      const limit = 10_000;
      let [used, grown] = [0, 0];
      let budget = newBudget(limit, { grown, now: 0 });
      for (const { mine, others } of writes) {
        used += mine;
        grown += mine + others;
        if (isDue(budget, { grown, now: 0 })) {
          const verdict = measured(budget, used, { grown, now: 0 }, 0);
          budget = verdict.budget;
          if (verdict.growing !== 'no') return;
        }
        expect(used - limit).toBeLessThanOrEqual(500 + limit / 64);
      }
    }),
  );
});

test('a machine that writes honestly is seldom measured', () => {
  let measurements = 0;
  let budget = newBudget(5000, { grown: 0, now: 0 });
  for (let written = 0; written < 2000; written++) {
    if (!isDue(budget, { grown: written, now: written })) continue;
    measurements += 1;
    budget = measured(budget, written, { grown: written, now: written }, written).budget;
  }
  expect(measurements).toBeLessThanOrEqual(2);
});
