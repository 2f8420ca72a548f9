import { expect, test } from 'vitest';
import { StartQueue } from './start-queue.ts';

test('lets so many in at a time, in their order, and tells when it is idle', async () => {
  const queue = new StartQueue(2);
  const entered: number[] = [];
  let idle = 0;
  queue.onIdle(() => idle++);
  const turns: Disposable[] = [];
  const enter = async (name: number): Promise<void> => {
    turns.push(await queue.enter());
    entered.push(name);
  };
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  turns[0]?.[Symbol.dispose]();
  turns[0]?.[Symbol.dispose]();
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
  turns[1]?.[Symbol.dispose]();
  await all[3];
  expect([idle, queue.busy]).toEqual([0, true]);
  for (const turn of turns) turn[Symbol.dispose]();
  expect([idle, queue.busy]).toEqual([1, false]);
});
