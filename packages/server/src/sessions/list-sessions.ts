import { ApiError, type Session, type SessionStatusFilter } from '@ai-sessions/protocol';
import { z } from 'zod';
import type { Store } from '../store/store.ts';
import { publicSession } from './public-session.ts';

const defaultLimit = 50;
const cursorContent = z.tuple([z.iso.datetime({ precision: 3 }), z.string().max(100)]);

/** A page of the user's sessions, newest first. A cursor names the last session seen, so that new ones do not shift the pages. */
export async function listSessions(
  store: Store,
  userId: string,
  query: { status?: SessionStatusFilter | undefined; limit?: number | undefined; cursor?: string | undefined },
): Promise<{ sessions: Session[]; next_cursor: string }> {
  const limit = query.limit ?? defaultLimit;
  const before = query.cursor === undefined || query.cursor === '' ? null : readCursor(query.cursor);
  const states = await store.sessions.list({ userId, status: query.status ?? null, limit: limit + 1, before });
  const page = states.slice(0, limit);
  const last = page.at(-1);
  const more = states.length > limit && last !== undefined;
  return { sessions: page.map((state) => publicSession(state)), next_cursor: more ? writeCursor(last.created_at, last.id) : '' };
}

function writeCursor(createdAt: string, id: string): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

function readCursor(text: string): { createdAt: string; id: string } {
  try {
    const [createdAt, id] = cursorContent.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch (cause) {
    throw new ApiError('invalid_request', 'The cursor is not one this server gave. Start again without it.', {
      cause,
      details: [{ path: 'cursor', message: 'not a cursor of this server' }],
    });
  }
}
