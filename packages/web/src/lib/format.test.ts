import { expect, test } from 'vitest';
import { formatAge, formatCount, formatMoney, formatSpan, formatDuration } from './format.ts';

test.each([
  [0, '$0.00'],
  [0.00001, '<$0.0001'],
  [0.0042, '$0.0042'],
  [0.128, '$0.13'],
  [1234.5, '$1,235'],
])('%d dollars are %s', (usd, text) => expect(formatMoney(usd)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [1249, '1.2k'],
  [9960, '10k'],
  [45_300, '45k'],
  [999_600, '1M'],
  [1_340_000, '1.3M'],
])('%d is counted as %s', (count, text) => expect(formatCount(count)).toBe(text));

test.each([
  [-5, '0 s'],
  [45_000, '45 s'],
  [12 * 60_000 + 30_000, '12 min'],
  [3 * 3_600_000, '3 h'],
  [50 * 3_600_000, '2 d'],
])('%d ms span %s', (ms, text) => expect(formatSpan(ms)).toBe(text));

test('what has just been is not counted', () => {
  const now = Date.parse('2026-11-23T10:00:00.000Z');
  expect(formatAge('2026-11-23T09:59:50.000Z', now)).toBe('just now');
  expect(formatAge('2026-11-23T09:00:00.000Z', now)).toBe('1 h ago');
});

test.each([
  [0, '0 s'],
  [59, '59 s'],
  [725, '12 min 5 s'],
  [7200, '2 h'],
  [90_061, '1 d 1 h'],
])('%s seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
