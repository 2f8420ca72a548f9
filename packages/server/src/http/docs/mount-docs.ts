import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { version } from '../../config.ts';
import type { apiRoutes } from '../routes/index.ts';
import { ownPagePolicy } from '../security-headers.ts';
import { asyncapi } from './asyncapi.ts';
import { openapi } from './openapi.ts';

/** GET /openapi.json, /asyncapi.json, and /docs: a page of our own that draws both. */
export function mountDocs(app: FastifyInstance, served: typeof apiRoutes): void {
  const current = version();
  mountText(app, '/openapi.json', 'application/json; charset=utf-8', JSON.stringify(openapi(served, current)));
  mountText(app, '/asyncapi.json', 'application/json; charset=utf-8', JSON.stringify(asyncapi(current)));
  mountText(app, '/docs', 'text/html; charset=utf-8', pageFile('docs.html'));
  mountText(app, '/docs/docs.js', 'text/javascript; charset=utf-8', pageFile('docs.js'));
  mountText(app, '/docs/docs.css', 'text/css; charset=utf-8', pageFile('docs.css'));
}

function mountText(app: FastifyInstance, url: string, type: string, text: string): void {
  app.get(url, async (_request, reply) =>
    reply.type(type).header('content-security-policy', ownPagePolicy).header('cache-control', 'no-cache').send(text),
  );
}

function pageFile(name: string): string {
  return readFileSync(path.join(import.meta.dirname, 'page', name), 'utf8');
}
