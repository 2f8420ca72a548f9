import { ApiError } from '@ai-sessions/protocol';
import type { FastifyInstance } from 'fastify';
import { unsupportedMediaType } from './error-reply.ts';

/** Bodies are JSON in UTF-8. An empty body is none, whatever its content type says; any other type is refused. */
export function acceptJsonBodies(app: FastifyInstance): void {
  // A key named `__proto__` is refused: what reads the object later would drop it, and it would silently do nothing.
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decoded(body);
    if (text === '') return done(null, undefined);
    if (text === null) return done(notJson());
    return parse(request, text, (error, value) => (error === null ? done(null, value) : done(notJson())));
  });
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, done) =>
    body.length > 0 ? done(unsupportedMediaType()) : done(null, undefined),
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decoded(body: Buffer): string | null {
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}

function notJson(): ApiError {
  return new ApiError('invalid_request', 'The request body is not valid JSON in UTF-8.');
}
