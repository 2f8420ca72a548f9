import { useCallback, useSyncExternalStore } from 'react';

/** What was typed and not sent, by session, for as long as the page is open. */
const drafts = new Map<string, string>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setDraft(sessionId: string, text: string): void {
  drafts.set(sessionId, text);
  for (const listener of listeners) listener();
}

/** Puts a text that could not be sent before what is typed already. */
export function addToDraft(sessionId: string, text: string): void {
  const typed = drafts.get(sessionId) ?? '';
  setDraft(sessionId, typed === '' ? text : `${text}\n${typed}`);
}

export function useDraft(sessionId: string): [text: string, setText: (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => drafts.get(sessionId) ?? '');
  const setText = useCallback((next: string) => setDraft(sessionId, next), [sessionId]);
  return [text, setText];
}
