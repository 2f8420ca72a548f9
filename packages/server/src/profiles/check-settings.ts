import { ApiError, type ErrorDetail, type Settings } from '@ai-sessions/protocol';

/**
 * Checks what the schema of settings cannot: the shape of tool patterns, and that plugins are on the operator's list.
 * @throws ApiError `invalid_request` with a detail for each fault.
 */
export function checkSettings(settings: Partial<Settings>, plugins: readonly string[]): void {
  const details = [
    ...patternFaults('allowed_tools', settings.allowed_tools ?? []),
    ...patternFaults('denied_tools', settings.denied_tools ?? []),
    ...pluginFaults(settings.plugins ?? [], plugins),
  ];
  const [first] = details;
  if (first !== undefined) {
    throw new ApiError('invalid_request', `The settings are not valid: ${first.path}: ${first.message}`, { details: details.slice(0, 20) });
  }
}

/**
 * Whether a text has the shape of a tool pattern: `Tool`, `Tool(arguments)`, `mcp__server` or `mcp__server__tool`
 * (`*` as the tool means every tool of the server).
 */
export function isToolPattern(text: string): boolean {
  if (text.startsWith('mcp__')) return /^mcp__[A-Za-z0-9_.-]+(__\*)?$/.test(text) && !text.endsWith('__');
  const [, args] = /^[A-Za-z][A-Za-z0-9_-]*(?:\((.*)\))?$/.exec(text) ?? [undefined, ''];
  return args === undefined || args.trim() !== '';
}

function patternFaults(field: string, patterns: readonly string[]): ErrorDetail[] {
  return patterns.flatMap((pattern, index) =>
    isToolPattern(pattern)
      ? []
      : [{ path: `${field}.${index}`, message: 'Not a tool pattern. Write Tool, Bash(prefix:*), mcp__server or mcp__server__tool.' }],
  );
}

function pluginFaults(names: readonly string[], plugins: readonly string[]): ErrorDetail[] {
  const offered = plugins.length === 0 ? 'this server offers none' : `choose from: ${plugins.join(', ')}`;
  return names.flatMap((name, index) =>
    plugins.includes(name) ? [] : [{ path: `plugins.${index}`, message: `Not a plugin of this server; ${offered}.` }],
  );
}
