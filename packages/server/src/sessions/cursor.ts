import { ApiError } from '@ai-sessions/protocol';
import type { z } from 'zod';

/** A cursor names the place of the last row seen, so that rows that come or go do not shift the pages. Opaque to clients. */
export function writeCursor(place: readonly string[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place that a cursor names; null for none, which is the beginning. @throws ApiError `invalid_request`. */
export function readCursor<Place>(text: string | undefined, place: z.ZodType<Place>): Place | null {
  if (text === undefined || text === '') return null;
  try {
    return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new ApiError('invalid_request', 'The cursor is not one this server gave. Start again without it.', {
      cause,
      details: [{ path: 'cursor', message: 'not a cursor of this server' }],
    });
  }
}
