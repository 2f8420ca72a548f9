import { expect, test } from 'vitest';
import { startIdleCollection } from './idle-collection.ts';

test('after work, and not during it, memory is given back', async () => {
  const collections: number[] = [];
  using _collection = startIdleCollection(() => collections.push(performance.now()));
  const working = performance.now();
  while (performance.now() - working < 1500);
  const worked = performance.now();
  await expect.poll(() => collections.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(collections[0]).toBeGreaterThan(worked);
}, 30_000);
