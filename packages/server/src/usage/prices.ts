import { type ModelInfo, calcPrice, findProvider } from '@pydantic/genai-prices';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { CallUsage } from './call-usage.ts';

/** What model calls cost. */
export interface Prices {
  /** US dollars of one call at Anthropic's list price. */
  costOf(usage: CallUsage): number;
}

/** Surcharges that the price library does not know: https://platform.claude.com/docs/en/about-claude/pricing */
const fastFactor = 2;
const usOnlyFactor = 1.1;
const warnedKept = 100;

/**
 * Prices from `@pydantic/genai-prices`, whose data comes with the package: nothing is fetched.
 * A model that it does not know costs what the nearest version of its family costs (the newest known one before it, else
 * the oldest after it); one of no known family costs what the dearest Anthropic model does, so that a budget still
 * holds. Each is told in the log once.
 */
export function createPrices({ log, clock }: { readonly log: Pick<Logger, 'warn'>; readonly clock: Clock }): Prices {
  const provider = findProvider({ providerId: 'anthropic' });
  if (provider === undefined) throw new Error('The price library no longer knows Anthropic.');
  const substitutes = new Map<string, string>();

  function price(usage: CallUsage, model: string): number | null {
    const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens, cache_creation_1h_input_tokens } = usage;
    const tokens = {
      // The library counts cached tokens as a part of the input, and the longer kept ones as a part of those written.
      input_tokens: input_tokens + cache_read_input_tokens + cache_creation_input_tokens,
      cache_read_tokens: cache_read_input_tokens,
      cache_write_tokens: cache_creation_input_tokens,
      cache_write_1h_tokens: Math.min(cache_creation_1h_input_tokens, cache_creation_input_tokens),
      output_tokens,
      web_searches: usage.web_searches,
    };
    return (
      calcPrice(tokens, model, { ...(provider === undefined ? {} : { provider }), timestamp: new Date(clock.now()) })?.total_price ?? null
    );
  }

  function dearest(usage: CallUsage): { model: string; cost: number } {
    let found = { model: 'none', cost: 0 };
    for (const { id } of provider?.models ?? []) {
      const cost = price({ ...usage, web_searches: 0 }, id) ?? 0;
      if (cost > found.cost) found = { model: id, cost };
    }
    return found;
  }

  function substitute(usage: CallUsage, model: string): number {
    const near = nearestOfFamily(model, provider?.models ?? []);
    const cost = near === null ? null : price(usage, near);
    const found = near === null || cost === null ? dearest(usage) : { model: near, cost };
    if (!substitutes.has(model) && substitutes.size < warnedKept) {
      substitutes.set(model, found.model);
      log.warn({ model, pricedAs: found.model }, 'The price of a model is not known; its calls are charged as another’s.');
    }
    return found.cost;
  }

  return {
    costOf(usage) {
      // Cloud platforms put a region or a vendor before the name.
      const model = /claude-.*/.exec(usage.model)?.[0] ?? usage.model;
      const cost = price(usage, model) ?? substitute(usage, model);
      return cost * (usage.fast ? fastFactor : 1) * (usage.usOnly ? usOnlyFactor : 1);
    },
  };
}

/** The known model of the same family whose version is nearest: the newest not after it, else the oldest after it. */
function nearestOfFamily(model: string, known: readonly ModelInfo[]): string | null {
  const wanted = familyVersion(model);
  if (wanted === null) return null;
  const family = known
    .map(({ id }) => ({ id, of: familyVersion(id) }))
    .filter(({ of }) => of?.family === wanted.family)
    .toSorted((a, b) => (a.of?.version ?? 0) - (b.of?.version ?? 0));
  const before = family.findLast(({ of }) => (of?.version ?? 0) <= wanted.version);
  return (before ?? family[0])?.id ?? null;
}

/** `claude-opus-5-5-20260923`, `claude-3-5-haiku`: family and version as a number (5.05, 3.05). */
function familyVersion(model: string): { family: string; version: number } | null {
  const [, before, family, after] = /^claude-(?:([\d-]+)-)?([a-z]+)(?:-([\d-]+))?/.exec(model) ?? [];
  if (family === undefined) return null;
  const [major = '0', minor = '0'] = (before ?? after ?? '').split('-').filter((part) => part !== '' && part.length < 3);
  return { family, version: Number(major) + Number(minor) / 100 };
}
