import type { OpenAsk } from '@ai-sessions/protocol';

export interface InboxEntry {
  readonly ask: OpenAsk;
  /** It is open no longer. */
  readonly isGone: boolean;
}
export type InboxEntries = readonly InboxEntry[];

/** The bound of what is remembered of the answered. */
const mostGone = 20;

/**
 * The entries after the list was fetched again: what is no longer open keeps its place and says so, so that nothing jumps away
 * under the pointer; what is new stands at the end.
 */
export function withAsks(entries: InboxEntries, asks: readonly OpenAsk[]): InboxEntries {
  const open = new Map(asks.map((ask) => [ask.id, ask]));
  const kept = entries.map((entry): InboxEntry => {
    const ask = open.get(entry.ask.id);
    return ask === undefined ? { ask: entry.ask, isGone: true } : { ask, isGone: false };
  });
  const known = new Set(entries.map((entry) => entry.ask.id));
  const added = asks.filter((ask) => !known.has(ask.id)).map((ask): InboxEntry => ({ ask, isGone: false }));
  const gone = kept.filter((entry) => entry.isGone);
  const forgotten = new Set(gone.slice(0, Math.max(0, gone.length - mostGone)));
  return [...kept.filter((entry) => !forgotten.has(entry)), ...added];
}
