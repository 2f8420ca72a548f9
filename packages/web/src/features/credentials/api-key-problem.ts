const prefix = 'sk-ant-';

/** What is wrong with an API key as far as it is typed; `complete` when no more will come. */
export function apiKeyProblem(typed: string, complete: boolean): string | undefined {
  const key = typed.trim();
  if (key === '') return complete ? 'Paste your API key here.' : undefined;
  const begins = key.length < prefix.length ? prefix.startsWith(key) && !complete : key.startsWith(prefix);
  if (!begins) return `An Anthropic API key begins with ${prefix}; this does not.`;
  if (/\s/.test(key)) return 'There is a space or a line break within the key. Copy it once more.';
  if (complete && key.length < prefix.length + 8) return 'The key seems to be cut off. Copy all of it.';
  return undefined;
}
