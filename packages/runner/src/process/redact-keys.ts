const ANTHROPIC_KEY = /sk-ant-[\w-]+/g;

/** Replaces Anthropic keys and tokens (`sk-ant-…`) in a text that may be logged or shown. */
export function redactKeys(text: string): string {
  return text.replace(ANTHROPIC_KEY, 'sk-ant-[redacted]');
}
