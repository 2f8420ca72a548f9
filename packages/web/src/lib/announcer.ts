const listeners = new Set<(text: string) => void>();

/** Says `text` to those who use a screen reader, when it has nothing else to say. */
export function announce(text: string): void {
  for (const listener of listeners) listener(text);
}

export function onAnnouncement(listener: (text: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
