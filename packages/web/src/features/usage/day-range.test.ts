import { expect, it } from 'vitest';
import { daysBetween, lastDays } from './day-range.ts';

it('counts days in UTC, the last one included', () => {
  const range = lastDays(3, Date.parse('2026-03-01T23:59:59Z'));
  expect(range).toEqual({ from: '2026-02-27', to: '2026-03-01' });
  expect(daysBetween(range.from, range.to)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});
