/** Reads fields of a tool's input, which is whatever the model has written. */
export function textField(input: unknown, name: string): string | undefined {
  const value = field(input, name);
  return typeof value === 'string' ? value : undefined;
}

export function numberField(input: unknown, name: string): number | undefined {
  const value = field(input, name);
  return typeof value === 'number' ? value : undefined;
}

export function listField(input: unknown, name: string): readonly unknown[] {
  const value = field(input, name);
  return Array.isArray(value) ? value : [];
}

function field(input: unknown, name: string): unknown {
  return typeof input === 'object' && input !== null ? new Map(Object.entries(input)).get(name) : undefined;
}

/** The path as seen from the workspace. */
export function shortPath(path: string): string {
  return path.replace(/^\/workspace\//, '');
}

export function prettyJson(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}
