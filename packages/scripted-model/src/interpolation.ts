import type { Conversation } from './conversation.ts';

/** The value of each `{{name}}` that a script's strings may contain. */
export interface Placeholders {
  last_tool_result: string;
  prompt: string;
  /** The folder Claude Code works in, as it tells the model. */
  cwd: string;
}

const longestToolResult = 4000;

/** `body` is the request's raw JSON text, in which Claude Code names its working folder. */
export function placeholders(conversation: Conversation, body: string): Placeholders {
  const result = conversation.lastToolResult.trim();
  return {
    last_tool_result: result.length > longestToolResult ? `${result.slice(0, longestToolResult)}…` : result,
    prompt: conversation.prompt,
    cwd: workingFolder(body) ?? '/workspace',
  };
}

function workingFolder(body: string): string | undefined {
  const [, escaped] = /Primary working directory: ((?:[^"\\]|\\[^nr])+)/.exec(body) ?? [];
  return escaped === undefined ? undefined : String(JSON.parse(`"${escaped}"`));
}

/**
 * Fills in every string inside `value`; unknown names stay as they are, and so does a string with a `!script` line: its
 * placeholders are for the subagent that will play it.
 */
export function interpolate<T>(value: T, values: Placeholders): T;
export function interpolate(value: unknown, values: Placeholders): unknown {
  if (typeof value === 'string') {
    if (/^!script /m.test(value)) return value;
    return value.replace(/\{\{(last_tool_result|prompt|cwd)\}\}/g, (_, name: keyof Placeholders) => values[name]);
  }
  if (Array.isArray(value)) return value.map((item) => interpolate(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, values)]));
}
