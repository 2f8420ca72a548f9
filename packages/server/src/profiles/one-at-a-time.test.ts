import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

test('tasks of a key run in order, after one that failed too, and keys do not wait for each other', async () => {
  const serially = oneAtATime();
  const order: string[] = [];
  const task = (name: string) => async () => {
    order.push(`${name} begins`);
    await setImmediate();
    order.push(`${name} ends`);
    return name;
  };
  const failed = serially('a', () => Promise.reject(new Error('no')));
  const rest = Promise.all([serially('a', task('one')), serially('a', task('two')), serially('b', task('other'))]);
  await expect(failed).rejects.toThrow('no');
  expect(await rest).toEqual(['one', 'two', 'other']);
  const ofA = order.filter((entry) => !entry.startsWith('other'));
  expect(ofA).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  expect(order.indexOf('other begins')).toBeLessThan(order.indexOf('two begins'));
});
