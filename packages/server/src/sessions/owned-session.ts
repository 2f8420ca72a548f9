import { ApiError } from '@ai-sessions/protocol';
import type { SessionRow, Store } from '../store/store.ts';

/** The session, if it is the user's. @throws ApiError `not_found` for an unknown one and equally for somebody else's. */
export async function ownedSession(store: Store, userId: string, sessionId: string): Promise<SessionRow> {
  const row = await store.sessions.get(sessionId);
  if (row === null || row.state.user_id !== userId) throw new ApiError('not_found', 'You have no session of this id.');
  return row;
}
