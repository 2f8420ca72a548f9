import type { EgressEntry } from '@ai-sessions/protocol';

export const filters = {
  all: { label: 'Everything', fits: () => true },
  denied: { label: 'Denied', fits: (entry: EgressEntry) => entry.kind === 'connection' && entry.verdict === 'denied' },
  connections: { label: 'Connections', fits: (entry: EgressEntry) => entry.kind === 'connection' },
  models: { label: 'Model calls', fits: (entry: EgressEntry) => entry.kind === 'model_call' },
} as const;
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
