import type { ScriptSource } from './script.ts';

/** The prompt that plays a script: `!script {…}`, with a text before it if given. */
export function scriptPrompt(script: ScriptSource | ScriptSource['steps'], text?: string): string {
  const line = `!script ${JSON.stringify(Array.isArray(script) ? { steps: script } : script)}`;
  return text === undefined ? line : `${text}\n${line}`;
}
