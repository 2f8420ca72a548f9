import { expect, test } from 'vitest';
import { ListChanges } from './list-changes.ts';

test('a storm is told twice: at once, and what came meanwhile', async () => {
  const told: string[][] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const changes = new ListChanges(async (methods) => {
    told.push([...methods].sort());
    await Promise.resolve();
    if (told.length === 2) resolve();
  }, 5);
  for (let index = 0; index < 100; index++) changes.add(index % 3 === 0 ? 'prompts' : 'tools');
  await done;
  expect(told).toEqual([['prompts'], ['prompts', 'tools']]);
  // And it is listened to afterwards.
  await new Promise((later) => setTimeout(later, 30));
  changes.add('tools');
  expect(told.at(-1)).toEqual(['tools']);
});
