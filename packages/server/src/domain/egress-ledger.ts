import type { EgressConnection, EgressOutcomeReport, ModelCall } from '@ai-sessions/protocol';

/** A row of a session's egress ledger, but for its number. */
export type LedgerRow = EgressConnection | ModelCall;

/** What a transition does to the ledger. `key` names a row within its session, so that a row is written once and found again. */
export type LedgerChange =
  | { readonly op: 'add'; readonly key: string; readonly row: LedgerRow }
  /** Nothing if there is no such row. */
  | { readonly op: 'outcome'; readonly key: string; readonly outcome: EgressOutcomeReport }
  /** More of a call that may have a row already. */
  | { readonly op: 'model_call'; readonly key: string; readonly row: ModelCall };

export const connectionKey = (epoch: number, row: number): string => `connection/${epoch}/${row}`;
export const modelCallKey = (callId: string): string => `call/${callId}`;

/** The row after a change; the same row if it changes nothing. */
export function amended(row: LedgerRow, change: LedgerChange): LedgerRow {
  if (change.op === 'outcome' && row.kind === 'connection') return { ...row, ...change.outcome };
  if (change.op === 'model_call' && row.kind === 'model_call') {
    const more = change.row;
    return {
      ...row,
      input_tokens: row.input_tokens + more.input_tokens,
      output_tokens: row.output_tokens + more.output_tokens,
      cache_read_input_tokens: row.cache_read_input_tokens + more.cache_read_input_tokens,
      cache_creation_input_tokens: row.cache_creation_input_tokens + more.cache_creation_input_tokens,
      cost_usd: row.cost_usd + more.cost_usd,
      duration_ms: more.duration_ms,
    };
  }
  return row;
}
