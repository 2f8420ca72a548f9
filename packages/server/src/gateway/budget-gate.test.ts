import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBudgetGate } from './budget-gate.ts';

const never = new AbortController().signal;

/** A budget with what is spent of it, as the store would know it. */
function budget(max: number) {
  const state = { spent: 0 };
  return {
    state,
    purses: async () => {
      await turn();
      if (state.spent >= max) throw new Error('spent');
      return [{ key: 'session', leftUsd: max - state.spent }];
    },
  };
}

test('a call that is alone runs whatever it may cost; the next waits until it is settled', async () => {
  const gate = createBudgetGate();
  const { purses, state } = budget(1);
  const first = await gate.enter(['session'], purses, Infinity, never);
  let entered = false;
  const second = gate.enter(['session'], purses, 0.1, never).then((reservation) => {
    entered = true;
    return reservation;
  });
  await turn();
  await turn();
  expect(entered).toBe(false);
  state.spent = 0.5;
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});

test('calls run together while their sum stays below what is left', async () => {
  const gate = createBudgetGate();
  const { purses } = budget(1);
  const running = await Promise.all([0.3, 0.3, 0.3].map((usd) => gate.enter(['session'], purses, usd, never)));
  expect(running).toHaveLength(3);
});

test('one that waits hears that the budget is spent', async () => {
  const gate = createBudgetGate();
  const { purses, state } = budget(1);
  const first = await gate.enter(['session'], purses, 2, never);
  const second = gate.enter(['session'], purses, 2, never);
  await turn();
  state.spent = 2;
  first[Symbol.dispose]();
  await expect(second).rejects.toThrow('spent');
});

test('one that waits may leave, and nothing of it stays', async () => {
  const gate = createBudgetGate();
  const { purses } = budget(1);
  const first = await gate.enter(['session'], purses, 2, never);
  const leaving = new AbortController();
  const second = gate.enter(['session'], purses, 2, leaving.signal);
  await turn();
  await turn();
  leaving.abort(new Error('left'));
  await expect(second).rejects.toThrow('left');
  first[Symbol.dispose]();
  (await gate.enter(['session'], purses, 2, never))[Symbol.dispose]();
});

test('whatever runs at once, a budget is overrun by one call at most, and nobody waits for ever', async () => {
  const call = fc.record({
    cost: fc.integer({ min: 1, max: 100 }),
    slack: fc.integer({ min: 0, max: 300 }),
    turns: fc.integer({ min: 0, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 20 }), fc.integer({ min: 1, max: 400 }), async (calls, max) => {
      const gate = createBudgetGate();
      const { purses, state } = budget(max);
      const outcomes = await Promise.allSettled(
        calls.map(async ({ cost, slack, turns }) => {
          using _reserved = await gate.enter(['session'], purses, cost + slack, never);
          for (let n = 0; n < turns; n += 1) await turn();
          state.spent += cost;
          return cost;
        }),
      );
      const ran = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      const refused = outcomes.length - ran.length;
      expect(state.spent).toBeLessThan(max + Math.max(0, ...ran));
      // Refused only when it is spent.
      expect(refused === 0 || state.spent >= max).toBe(true);
    }),
  );
});
