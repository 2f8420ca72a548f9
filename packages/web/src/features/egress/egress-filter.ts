import type { EgressEntry, EgressFilter } from '@ai-sessions/protocol';

export const filters = {
  all: { label: 'Everything', query: {} },
  denied: { label: 'Denied', query: { verdict: 'denied' } },
  connections: { label: 'Connections', query: { kind: 'connection' } },
  models: { label: 'Model calls', query: { kind: 'model_call' } },
} as const satisfies Record<string, { label: string; query: EgressFilter }>;
export type Filter = keyof typeof filters;

export function filterOf(text: string | null): Filter {
  return text !== null && text in filters ? (text as Filter) : 'all';
}

/** Whether a row has the text in its host, address, rule or model. */
export function mentions(entry: EgressEntry, text: string): boolean {
  const words =
    entry.kind === 'connection' ? [`${entry.host}:${entry.port}`, entry.address ?? '', entry.rule, entry.error ?? ''] : [entry.model];
  return words.some((word) => word.toLowerCase().includes(text.toLowerCase()));
}
