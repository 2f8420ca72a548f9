import { expect, test } from 'vitest';
import { Attempts } from './attempts.ts';

test('counts each key and forgets the oldest beyond the limit', () => {
  const attempts = new Attempts(2);
  expect([attempts.next('a'), attempts.next('b'), attempts.next('a')]).toEqual([1, 1, 2]);
  attempts.next('c');
  expect([attempts.next('a'), attempts.next('b')]).toEqual([3, 1]);
});
