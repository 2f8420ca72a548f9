import { stat } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { webUiPolicy } from './security-headers.ts';

/** Paths that are never the web UI's: what is not found there is told as data. */
const notTheUi = /^\/(v1|auth|internal|docs|healthz|readyz|metrics|openapi\.json|asyncapi\.json)(\/|$)/;
const aYear = 365 * 86_400_000;

/** Lets `serveWebUi` send the files of `webDir`, which need not exist yet. */
export function prepareWebUi(app: FastifyInstance, webDir: string): void {
  app.register(fastifyStatic, { root: webDir, serve: false, dotfiles: 'deny', suppressWarning: true });
}

/**
 * Answers a request that no route took: with the file of the web UI that it names, or with the UI's page where a browser
 * asks for an address of the UI's own making. False: it is neither, and nothing was sent.
 */
export async function serveWebUi(request: FastifyRequest, reply: FastifyReply, pathname: string, webDir: string): Promise<boolean> {
  if ((request.method !== 'GET' && request.method !== 'HEAD') || notTheUi.test(pathname)) return false;
  const file = relativeFile(pathname);
  if (file !== null && (await isFile(path.join(webDir, file)))) {
    sendUiFile(reply, file);
    return true;
  }
  if (!asksForPage(request, pathname)) return false;
  if (await isFile(path.join(webDir, 'index.html'))) sendUiFile(reply, 'index.html');
  else void reply.type('text/html; charset=utf-8').send(notBuilt);
  return true;
}

function sendUiFile(reply: FastifyReply, file: string): void {
  void reply.header('content-security-policy', webUiPolicy).removeHeader('cache-control');
  // A name with a hash in it never changes its content; the rest is asked for again, and told unchanged by its ETag.
  void reply.sendFile(file, file.startsWith('assets/') ? { maxAge: aYear, immutable: true } : { maxAge: 0 });
}

/** The path as a file below the UI's folder; null for the root, for hidden files and for names no build of it makes. */
function relativeFile(pathname: string): string | null {
  return /^(\/[\w@+~-][\w@+~.-]*)+$/.test(pathname) ? pathname.slice(1) : null;
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function asksForPage(request: FastifyRequest, pathname: string): boolean {
  return pathname === '/' || (request.headers.accept?.includes('text/html') === true && !/\.[^/]*$/.test(pathname));
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>AI Sessions</title>
<h1>The server runs; its web UI is not built yet</h1>
<p>Build it in the project's folder, then reload this page:</p>
<pre>npm run build:web</pre>
<p>The API works without it: <a href="/docs">documentation</a>.</p>
</html>
`;
