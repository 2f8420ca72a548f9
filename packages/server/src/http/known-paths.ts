import type { FastifyInstance } from 'fastify';

/** Remembers the app's routes, to tell a wrong method from a wrong address: the router itself only knows "no route". */
export function knownPaths(app: FastifyInstance): (path: string) => string[] {
  const known = new Map<string, { matches: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = known.get(url) ?? { matches: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) entry.methods.add(name);
    known.set(url, entry);
  });
  /** The methods that a path takes, none where there is nothing. */
  return (path) => {
    const methods = [...known.values()].filter((entry) => entry.matches.test(path)).flatMap((entry) => [...entry.methods]);
    return [...new Set(methods)].sort();
  };
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[^A-Za-z0-9_-]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}
