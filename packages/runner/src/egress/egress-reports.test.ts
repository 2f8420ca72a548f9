import { type Report, report as reportSchema } from '@ai-sessions/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EgressDecision } from './egress-ledger.ts';
import { EgressReports } from './egress-reports.ts';

describe('EgressReports', () => {
  let told: Report[];
  let ledger: EgressReports;

  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00.000Z') });
    told = [];
    ledger = new EgressReports({ report: (one) => void told.push(reportSchema.parse(one)) }, () => Date.now());
  });
  afterEach(() => {
    ledger[Symbol.dispose]();
    vi.useRealTimers();
  });

  const decision = (change: Partial<EgressDecision> = {}): EgressDecision => ({
    at: Date.now(),
    via: 'sandbox',
    host: 'a.test',
    port: 443,
    address: null,
    allowed: false,
    rule: 'allowlist',
    why: 'Add it.',
    ...change,
  });
  const rows = () => told.filter((one) => one.kind === 'egress');
  const notices = () => told.flatMap((one) => (one.kind === 'event' ? [one.payload] : []));
  /** What the server has in the end: each row with its last count. */
  const counted = () => {
    const counts = new Map(rows().map((one) => [one.row, 1]));
    for (const one of told) if (one.kind === 'egress_outcome') counts.set(one.row, one.outcome.count);
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  };

  it('reports an allowed connection before its bytes, and its end', () => {
    const ended = ledger.decided(decision({ allowed: true, rule: 'open', address: '8.8.8.8', why: '' }));
    expect(told).toEqual([
      {
        kind: 'egress',
        row: 1,
        connection: expect.objectContaining({ at: '2026-01-01T00:00:00.000Z', verdict: 'allowed', bytes_up: null }),
      },
    ]);
    ended({ bytesUp: 1, bytesDown: 2, durationMs: 3, error: null });
    expect(told[1]).toEqual({
      kind: 'egress_outcome',
      row: 1,
      outcome: { count: 1, bytes_up: 1, bytes_down: 2, duration_ms: 3, error: null },
    });
  });

  it('counts the same denial in one row, and begins another later', () => {
    for (let n = 0; n < 1000; n += 1) ledger.decided(decision());
    expect(rows()).toHaveLength(1);
    // Told at each doubling, so that a runner that is killed has told of at least half.
    expect(counted()).toBe(512);
    vi.advanceTimersByTime(10_000);
    expect(counted()).toBe(1000);
    ledger.decided(decision());
    expect(rows()).toHaveLength(2);
    expect(counted()).toBe(1001);
    expect(told.length).toBeLessThan(20);
  });

  it('tells a denial in the conversation once, with what to do', () => {
    for (let n = 0; n < 5; n += 1) ledger.decided(decision());
    expect(notices()).toEqual([
      {
        subtype: 'egress_denied',
        message: 'The session was kept from reaching a.test:443. Add it.',
        via: 'sandbox',
        host: 'a.test',
        port: 443,
        rule: 'allowlist',
      },
    ]);
    vi.advanceTimersByTime(11 * 60_000);
    ledger.decided(decision());
    expect(notices()).toHaveLength(2);
  });

  it.each([true, false])('bounds a flood of ever other hosts, and loses no count (allowed: %s)', (allowed) => {
    const floods = 20_000;
    for (let n = 0; n < floods; n += 1) {
      const ended = ledger.decided(decision({ host: `h${n}.test`, allowed }));
      if (allowed) ended({ bytesUp: 10, bytesDown: 0, durationMs: 1, error: null });
      vi.advanceTimersByTime(1);
    }
    // 300 at once, one a second, and the sums.
    expect(rows().length).toBeLessThan(330);
    expect(notices().length).toBeLessThan(13);
    ledger[Symbol.dispose]();
    expect(counted()).toBe(floods);
    expect(rows().at(-1)?.connection).toMatchObject({ verdict: allowed ? 'allowed' : 'denied' });
    expect(rows().some(({ connection }) => connection.host === '*' && connection.port === 0)).toBe(true);
  });

  it('numbers its rows 1, 2, 3 …', () => {
    for (const host of ['a.test', 'b.test', 'a.test', 'c.test']) ledger.decided(decision({ host }));
    expect(rows().map(({ row }) => row)).toEqual([1, 2, 3]);
  });
});
