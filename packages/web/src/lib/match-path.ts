/**
 * Whether an address fits a pattern such as `/sessions/:id/:panel?`: the values of its `:names`, decoded, or undefined. A name
 * with `?` may be absent; it then has no entry.
 */
export function matchPath(pattern: string, pathname: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/').filter(Boolean);
  const given = pathname.split('/').filter(Boolean);
  if (given.length > wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (!part.startsWith(':')) {
      if (value !== part) return undefined;
    } else if (value !== undefined) params[part.replace(/^:|\?$/g, '')] = decodedComponent(value);
    else if (!part.endsWith('?')) return undefined;
  }
  return params;
}

/** A part of an address decoded; as it is where it is not well encoded. */
export function decodedComponent(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
