import type { Prices } from './prices.ts';
import type { CallUsage, UsageMeter } from './usage-meter.ts';

/** What a call has used since its last report: sums of reports are the session's totals. */
export interface UsageReport {
  readonly sessionId: string;
  readonly epoch: number;
  readonly userId: string;
  readonly model: string;
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cache_read_input_tokens: number;
    readonly cache_creation_input_tokens: number;
  };
  readonly costUsd: number;
}

type Charge = Pick<UsageReport, 'model' | 'usage' | 'costUsd'>;

/** Turns one call's meter into reports: at once when its usage is told, and at its end what has changed since. */
export interface UsageLedger {
  push(chunk: Uint8Array): void;
  end(): void;
}

export function createUsageLedger(meter: UsageMeter, prices: Prices, report: (charge: Charge) => void): UsageLedger {
  let told: Charge | null = null;

  function tell(used: CallUsage | null): void {
    if (used === null) return;
    const { model, input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = used;
    const total: Charge = {
      model,
      usage: { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens },
      costUsd: prices.costOf(used),
    };
    const charge = told === null ? total : difference(total, told);
    told = total;
    if (charge.costUsd !== 0 || Object.values(charge.usage).some((tokens) => tokens !== 0)) report(charge);
  }

  return {
    push: (chunk) => tell(meter.push(chunk)),
    end: () => tell(meter.end()),
  };
}

function difference(total: Charge, told: Charge): Charge {
  return {
    model: total.model,
    usage: {
      input_tokens: total.usage.input_tokens - told.usage.input_tokens,
      output_tokens: total.usage.output_tokens - told.usage.output_tokens,
      cache_read_input_tokens: total.usage.cache_read_input_tokens - told.usage.cache_read_input_tokens,
      cache_creation_input_tokens: total.usage.cache_creation_input_tokens - told.usage.cache_creation_input_tokens,
    },
    costUsd: total.costUsd - told.costUsd,
  };
}
