import { useCallback, useSyncExternalStore } from 'react';

/** What was typed and not sent, by session, for as long as the page is open. */
const drafts = new Map<string, string>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useDraft(sessionId: string): [text: string, setText: (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => drafts.get(sessionId) ?? '');
  const setText = useCallback(
    (next: string) => {
      drafts.set(sessionId, next);
      for (const listener of listeners) listener();
    },
    [sessionId],
  );
  return [text, setText];
}
