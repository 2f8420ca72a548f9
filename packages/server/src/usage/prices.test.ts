import { beforeEach, expect, test, vi } from 'vitest';
import { createPrices } from './prices.ts';
import type { CallUsage } from './call-usage.ts';

const warn = vi.fn();
const prices = createPrices({
  log: { warn },
  clock: { now: () => Date.parse('2026-11-23T02:00:00Z'), timestamp: () => '2026-11-23T02:00:00.000Z' },
});
const million = 1_000_000;
const used = (usage: Partial<CallUsage>): CallUsage => ({
  model: 'claude-opus-5-5',
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  web_searches: 0,
  fast: false,
  usOnly: false,
  ...usage,
});
beforeEach(() => warn.mockClear());

test.each([
  ['input', { input_tokens: million }, 4],
  ['output', { output_tokens: million }, 20],
  ['cache reads', { cache_read_input_tokens: million }, 0.2],
  ['cache writes', { cache_creation_input_tokens: million }, 5],
  ['cache writes for an hour', { cache_creation_input_tokens: million, cache_creation_1h_input_tokens: million }, 8],
  ['web searches', { web_searches: 1000 }, 10],
  ['fast mode', { output_tokens: million, fast: true }, 40],
  ['the United States only', { output_tokens: million, usOnly: true }, 22],
  ['nothing', {}, 0],
  [
    'all together',
    {
      input_tokens: 100,
      cache_creation_input_tokens: 500,
      cache_creation_1h_input_tokens: 200,
      cache_read_input_tokens: 400,
      output_tokens: 10,
      web_searches: 3,
    },
    0.03378,
  ],
])('%s of Claude Opus 5.5', (_, usage, cost) => {
  expect(prices.costOf(used(usage))).toBeCloseTo(cost, 10);
  expect(warn).not.toHaveBeenCalled();
});

test.each([
  ['claude-sonnet-5', 10],
  ['claude-sonnet-4-6', 15],
  ['claude-haiku-4-5-20251001', 5],
  ['claude-fable-5-1', 50],
  ['us.anthropic.claude-opus-5-5-20260923', 20],
])('the price of %s is known', (model, cost) => {
  expect(prices.costOf(used({ model, output_tokens: million }))).toBeCloseTo(cost, 10);
  expect(warn).not.toHaveBeenCalled();
});

test.each([
  ['claude-haiku-5-5', 'claude-haiku-4-5', 5],
  ['claude-opus-9', 'claude-opus-5-5', 20],
  ['claude-fable-5-2', 'claude-fable-5-1', 50],
  ['claude-3-0-haiku', 'claude-3-haiku', 1.25],
  ['claude-mythos-5', 'claude-3-opus-latest', 75],
  ['scripted', 'claude-3-opus-latest', 75],
  ['', 'claude-3-opus-latest', 75],
])('%j is charged as %s, and that is told once', (model, pricedAs, cost) => {
  for (let call = 0; call < 2; call += 1) expect(prices.costOf(used({ model, output_tokens: million }))).toBeCloseTo(cost, 10);
  expect(warn).toHaveBeenCalledExactlyOnceWith({ model, pricedAs }, expect.any(String));
});
