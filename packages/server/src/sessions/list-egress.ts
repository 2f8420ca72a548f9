import { ApiError, type EgressEntry, type EgressFilter } from '@ai-sessions/protocol';
import type { Store } from '../store/store.ts';
import { ownedSession } from './owned-session.ts';

const defaultLimit = 50;

/** A page of what a session reached and was kept from, newest first: all of it, or what the query asks for. A cursor names the last row seen, so that new ones do not shift the pages. */
export async function listEgress(
  store: Store,
  userId: string,
  sessionId: string,
  query: EgressFilter & { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ entries: EgressEntry[]; next_cursor: string }> {
  await ownedSession(store, userId, sessionId);
  const limit = query.limit ?? defaultLimit;
  const rows = await store.egress.list(sessionId, readCursor(query.cursor), limit + 1, query);
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  return { entries, next_cursor: rows.length > limit && last !== undefined ? `${last.number}` : '' };
}

function readCursor(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ApiError('invalid_request', 'The cursor is not one this server gave. Start again without it.', {
    details: [{ path: 'cursor', message: 'not a cursor of this server' }],
  });
}
