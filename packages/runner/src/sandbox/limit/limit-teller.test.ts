import { expect, test } from 'vitest';
import type { LimitReached } from './limit-reached.ts';
import { LimitTeller, QUIET_MS } from './limit-teller.ts';

test('a limit is told at once, then once in a while with its number, each limit for itself', () => {
  let now = 0;
  const told: LimitReached[] = [];
  const teller = new LimitTeller(() => now);
  teller.listen((hit) => told.push(hit));
  const pids = { limit: 'pids', allowed: 64, ended: false } as const;
  for (let times = 0; times < 1000; times++) teller.hit(pids);
  teller.hit({ limit: 'memory', allowed: 256, ended: true });
  expect(told).toEqual([
    { ...pids, times: 1 },
    { limit: 'memory', allowed: 256, ended: true, times: 1 },
  ]);
  now = QUIET_MS;
  teller.hit({ ...pids, times: 5 });
  expect(told[2]).toEqual({ ...pids, times: 1004 });
  now = 3 * QUIET_MS;
  teller.hit(pids);
  expect(told[3]).toEqual({ ...pids, times: 1 });
});

test('that programs were ended is told also right after it was told that they were not', () => {
  const told: LimitReached[] = [];
  const teller = new LimitTeller(() => 0);
  teller.listen((hit) => told.push(hit));
  for (const ended of [false, false, true, true, false]) teller.hit({ limit: 'disk', allowed: 8, ended });
  expect(told).toMatchObject([
    { ended: false, times: 1 },
    { ended: true, times: 2 },
  ]);
});

test('what was reached before anybody listened is told to the first who does, once', () => {
  let now = 0;
  const teller = new LimitTeller(() => now);
  teller.hit({ limit: 'disk', allowed: 8, ended: true });
  now = QUIET_MS;
  teller.hit({ limit: 'disk', allowed: 8, ended: true });
  const told: LimitReached[] = [];
  teller.listen((hit) => told.push(hit));
  expect(told).toEqual([{ limit: 'disk', allowed: 8, ended: true, times: 1 }]);
  teller.listen((hit) => told.push(hit));
  expect(told).toHaveLength(1);
});
