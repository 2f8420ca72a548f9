import { type Session, type SessionStatusFilter } from '@ai-sessions/protocol';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { publicSession } from './public-session.ts';

const defaultLimit = 50;
const position = z.tuple([z.iso.datetime({ precision: 3 }), z.string().max(100)]);

/** A page of the user's sessions, newest first. A cursor names the last session seen, so that new ones do not shift the pages. */
export async function listSessions(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  userId: string,
  query: { status?: SessionStatusFilter | undefined; q?: string | undefined; limit?: number | undefined; cursor?: string | undefined },
): Promise<{ sessions: Session[]; next_cursor: string }> {
  const limit = query.limit ?? defaultLimit;
  const seen = readCursor(query.cursor, position);
  const before = seen === null ? null : { createdAt: seen[0], id: seen[1] };
  const states = await store.sessions.list({ userId, status: query.status ?? null, search: query.q ?? null, limit: limit + 1, before });
  const page = states.slice(0, limit);
  const last = page.at(-1);
  const more = states.length > limit && last !== undefined;
  return {
    sessions: page.map((state) => publicSession(state, clock.timestamp())),
    next_cursor: more ? writeCursor([last.created_at, last.id]) : '',
  };
}
