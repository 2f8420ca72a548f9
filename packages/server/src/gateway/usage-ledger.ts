import type { CallUsage } from '../usage/call-usage.ts';
import type { Prices } from '../usage/prices.ts';
import type { UsageMeter } from './usage-meter.ts';

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
  /** The first report of its call. */
  readonly newCall: boolean;
  readonly callId: string;
  /** Whole milliseconds since the call came. */
  readonly durationMs: number;
}

type Total = Pick<UsageReport, 'model' | 'usage' | 'costUsd'>;
export type Charge = Total & Pick<UsageReport, 'newCall'>;

/** Turns one call's meter into reports: at once when its usage is told, and at its end what has changed since. */
export interface UsageLedger {
  push(chunk: Uint8Array): void;
  end(): void;
}

export function createUsageLedger(meter: UsageMeter, prices: Prices, report: (charge: Charge) => void): UsageLedger {
  let told: Total | null = null;

  function tell(used: CallUsage | null): void {
    if (used === null) return;
    const { model, input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = used;
    const total: Total = {
      model,
      usage: { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens },
      costUsd: prices.costOf(used),
    };
    const more = told === null ? total : difference(total, told);
    if (more.costUsd !== 0 || Object.values(more.usage).some((tokens) => tokens !== 0)) report({ ...more, newCall: told === null });
    told = total;
  }

  return {
    push: (chunk) => tell(meter.push(chunk)),
    end: () => tell(meter.end()),
  };
}

function difference(total: Total, told: Total): Total {
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
