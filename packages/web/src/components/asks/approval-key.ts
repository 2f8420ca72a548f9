type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing' | 'target'>;

/** What a key does on an approval card: nothing while text is being typed, and nothing with a modifier. */
export function approvalKey(event: Pressed, hasPattern: boolean): 'once' | 'pattern' | 'deny' | undefined {
  const tag = (event.target as { tagName?: string } | null)?.tagName ?? '';
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || /^(INPUT|TEXTAREA|SELECT)$/.test(tag)) return undefined;
  if (event.key === 'y' || event.key === 'Y') return 'once';
  if ((event.key === 's' || event.key === 'S') && hasPattern) return 'pattern';
  return event.key === 'n' || event.key === 'N' ? 'deny' : undefined;
}
