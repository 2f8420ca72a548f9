/** As much of a zod schema as this package uses, so that zod itself stays the protocol's dependency. */
export interface Schema<T = unknown> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[] | undefined;
}

export type Accepted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/**
 * Checks what came from the server, forgiving what a newer server may add: unknown fields, new members of an enumeration,
 * other ranges and formats. What is left to refuse is a known field of another JSON type, or one that is missing.
 */
export function accept<T>(schema: Schema<T>, value: unknown): Accepted<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const fault = parsed.error.issues.find((issue) => !isForgiven(issue));
  if (fault === undefined) return { ok: true, value: value as T };
  return { ok: false, problem: `${fault.path.map(String).join('.') || '(root)'}: ${fault.message}` };
}

const forgiven = new Set(['unrecognized_keys', 'invalid_value', 'invalid_format', 'too_big', 'too_small', 'custom']);

function isForgiven(issue: Issue): boolean {
  if (issue.code === 'invalid_union') {
    const options = issue.errors ?? [];
    return options.length === 0 || options.some((issues) => issues.length > 0 && issues.every(isForgiven));
  }
  return forgiven.has(issue.code ?? '');
}
