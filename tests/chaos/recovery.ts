import type { DurableEvent } from '@ai-sessions/protocol';
import type { Entry } from './journal.ts';
import { type Fault, nameOf } from './schedule.ts';

/** A fault as it was carried out. */
export interface Injected {
  readonly fault: Fault;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Viewers and sessions that it happened to. */
  readonly viewers: readonly string[];
  readonly sessions: readonly string[];
}

export interface FaultSummary {
  readonly kind: string;
  readonly injected: number;
  /** Milliseconds from a fault until what it happened to was well again, sorted. */
  readonly recoveries: readonly number[];
}

export interface Witnesses {
  readonly views: ReadonlyMap<string, readonly Entry[]>;
  readonly logs: ReadonlyMap<string, readonly DurableEvent[]>;
}

/** By kind of fault: how often it was, and how long each recovery took. */
export function summarize(injected: readonly Injected[], witnesses: Witnesses): FaultSummary[] {
  const kinds = new Map<string, { injected: number; recoveries: number[] }>();
  for (const one of injected) {
    const kind = kinds.get(nameOf(one.fault)) ?? { injected: 0, recoveries: [] };
    kinds.set(nameOf(one.fault), kind);
    kind.injected += 1;
    kind.recoveries.push(...one.viewers.flatMap((viewer) => viewerRecovery(witnesses.views.get(viewer) ?? [], one.at)));
    kind.recoveries.push(...one.sessions.flatMap((id) => sessionRecovery(witnesses.logs.get(id) ?? [], one)));
  }
  return [...kinds]
    .map(([kind, { injected: count, recoveries }]) => ({ kind, injected: count, recoveries: recoveries.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** Until the viewer is live again: of one that was live and lost its connection by it. */
function viewerRecovery(entries: readonly Entry[], at: number): number[] {
  const before = entries.findLast((entry) => entry.kind === 'connection' && entry.at < at);
  if (before?.kind !== 'connection' || before.state !== 'live') return [];
  const live = entries.find((entry) => entry.kind === 'connection' && entry.state === 'live' && entry.at > at);
  return live === undefined ? [] : [live.at - at];
}

/**
 * Until the session's turn goes on: the first event of Claude Code's after it was killed; and after the runner was, the
 * first one after Claude Code's new `init`, which it tells once to each runner.
 */
function sessionRecovery(log: readonly DurableEvent[], { fault, at }: Injected): number[] {
  const after = log.filter((event) => Date.parse(event.timestamp) >= at);
  const first = after.findIndex(
    (event) => event.type === 'system' && event.payload.subtype === (fault.do === 'kill' && fault.part === 'runner' ? 'init' : 'recovered'),
  );
  const next = after[fault.do === 'kill' && fault.part === 'runner' ? first : first + 1];
  return first < 0 || next === undefined || next.type === 'session_end' ? [] : [Date.parse(next.timestamp) - at];
}

/** The value below which this share of the sorted samples lies (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
