import { join, relative } from 'node:path';

/** A host folder or file and where it is seen inside. */
export interface SeenPath {
  host: string;
  inside: string;
}

/** Translates a host path into the one seen inside. Throws if none of the seen paths holds it. */
export function insidePath(seen: readonly SeenPath[], hostPath: string): string {
  for (const { host, inside } of seen) {
    const rest = relative(host, hostPath);
    if (rest !== '..' && !rest.startsWith('../')) return join(inside, rest);
  }
  throw new Error(`${hostPath} is not visible in the sandbox`);
}
