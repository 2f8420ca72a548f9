import type { EgressConnection } from '@ai-sessions/protocol';
import type { Reporter } from '../reporter.ts';
import type { EgressDecision, EgressLedger, EgressOutcome } from './egress-ledger.ts';
import { DenialNotices } from './denial-notices.ts';
import { TokenBucket } from './token-bucket.ts';

/** Rows that a session may write at once, and for how long it has to wait for each further one. */
const ROWS_AT_ONCE = 300;
const ROW_EVERY_MS = 1000;
/** The same denial within this time is counted in one row. */
const SAME_DENIAL_MS = 10_000;
/** What comes too fast for rows of its own is summed up in rows of this length. */
const SUM_MS = 60_000;

interface Sum {
  readonly row: number;
  count: number;
  bytesUp: number;
  bytesDown: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * A session's egress ledger, on its way to the server. A row is reported before a byte flows, and once more when it is over. However
 * fast a session asks, it writes about a row a second in the long run: repeats are counted, and what is over that is summed up.
 */
export class EgressReports implements EgressLedger, Disposable {
  readonly #reporter: Pick<Reporter, 'report'>;
  readonly #notices: DenialNotices;
  readonly #bucket: TokenBucket;
  /** Rows that still count, by what they are about. */
  readonly #sums = new Map<string, Sum>();
  #rows = 0;

  constructor(reporter: Pick<Reporter, 'report'>, now: () => number) {
    this.#reporter = reporter;
    this.#notices = new DenialNotices(reporter, now);
    this.#bucket = new TokenBucket(ROWS_AT_ONCE, ROW_EVERY_MS, now);
  }

  decided(decision: EgressDecision): (outcome: EgressOutcome) => void {
    if (!decision.allowed) {
      this.#denied(decision);
      return () => {};
    }
    if (!this.#bucket.take()) {
      this.#tooFast(decision);
      return (outcome) => this.#add('allowed', outcome);
    }
    const row = this.#open(decision);
    return ({ bytesUp, bytesDown, durationMs, error }) =>
      this.#reporter.report({
        kind: 'egress_outcome',
        row,
        outcome: { count: 1, bytes_up: bytesUp, bytes_down: bytesDown, duration_ms: durationMs, error: error?.slice(0, 200) ?? null },
      });
  }

  /** Tells what is still being counted. */
  [Symbol.dispose](): void {
    for (const key of this.#sums.keys()) this.#close(key);
  }

  #denied(decision: EgressDecision): void {
    this.#notices.denied(decision);
    const { via, host, port, address, rule } = decision;
    const key = JSON.stringify([via, host, port, address, rule]);
    if (this.#sums.has(key)) return this.#count(key);
    if (!this.#bucket.take()) return this.#tooFast(decision);
    this.#begin(key, decision, SAME_DENIAL_MS);
  }

  #tooFast(decision: EgressDecision): void {
    const key = decision.allowed ? 'allowed' : 'denied';
    if (this.#sums.has(key)) return this.#count(key);
    this.#begin(key, { ...decision, host: '*', port: 0, address: null, rule: 'too many to list' }, SUM_MS);
  }

  #open(decision: EgressDecision): number {
    this.#rows += 1;
    this.#reporter.report({ kind: 'egress', row: this.#rows, connection: connectionOf(decision) });
    return this.#rows;
  }

  #begin(key: string, decision: EgressDecision, milliseconds: number): void {
    const timer = setTimeout(() => this.#close(key), milliseconds);
    timer.unref();
    this.#sums.set(key, { row: this.#open(decision), count: 1, bytesUp: 0, bytesDown: 0, timer });
  }

  #count(key: string): void {
    const sum = this.#sums.get(key);
    if (sum === undefined) return;
    sum.count += 1;
    // Also now and then in between: a runner that is killed has told of at least half.
    if (Number.isInteger(Math.log2(sum.count))) this.#tell(sum);
  }

  #add(key: string, { bytesUp, bytesDown }: EgressOutcome): void {
    const sum = this.#sums.get(key);
    if (sum === undefined) return;
    sum.bytesUp += bytesUp;
    sum.bytesDown += bytesDown;
  }

  #close(key: string): void {
    const sum = this.#sums.get(key);
    if (sum === undefined) return;
    this.#sums.delete(key);
    clearTimeout(sum.timer);
    if (sum.count > 1 || sum.bytesDown > 0) this.#tell(sum);
  }

  #tell({ row, count, bytesUp, bytesDown }: Sum): void {
    const bytes = bytesUp + bytesDown === 0 ? { bytes_up: null, bytes_down: null } : { bytes_up: bytesUp, bytes_down: bytesDown };
    this.#reporter.report({ kind: 'egress_outcome', row, outcome: { count, ...bytes, duration_ms: null, error: null } });
  }
}

function connectionOf({ at, via, host, port, address, allowed, rule }: EgressDecision): EgressConnection {
  return {
    kind: 'connection',
    at: new Date(at).toISOString(),
    via,
    host,
    port,
    address,
    verdict: allowed ? 'allowed' : 'denied',
    rule: rule.slice(0, 400),
    count: 1,
    bytes_up: null,
    bytes_down: null,
    duration_ms: null,
    error: null,
  };
}
