import type { Ask, SessionState } from '../../domain/session-state.ts';
import type { Database } from './database.ts';

/**
 * The index of open approvals and questions by user, oldest first. What an ask holds is in its session; the index follows
 * each change of a session's asks in the same transaction, so that an inbox is read without looking at every session.
 */
export function indexAsks(database: Database, before: SessionState, after: SessionState): void {
  if (before.asks === after.asks) return;
  const { user_id, id } = after;
  const key = (ask: Ask) => `${ask.opened_at} ${ask.id}`;
  const kept = new Set(after.asks.map(key));
  const known = new Set(before.asks.map(key));
  for (const ask of before.asks) {
    if (kept.has(key(ask))) continue;
    database.run(
      'DELETE FROM open_asks WHERE user_id = ? AND opened_at = ? AND session_id = ? AND ask_id = ?',
      user_id,
      ask.opened_at,
      id,
      ask.id,
    );
  }
  for (const ask of after.asks) {
    if (known.has(key(ask))) continue;
    database.run('INSERT INTO open_asks (user_id, opened_at, session_id, ask_id) VALUES (?, ?, ?, ?)', user_id, ask.opened_at, id, ask.id);
  }
}

export interface OpenAskKey {
  readonly openedAt: string;
  readonly sessionId: string;
  readonly askId: string;
}

/** Keys of the user's open asks, oldest first, after the one given. */
export function openAskKeys(database: Database, userId: string, limit: number, after: OpenAskKey | null): OpenAskKey[] {
  return database.all<OpenAskKey & Record<string, string>>(
    `SELECT opened_at AS openedAt, session_id AS sessionId, ask_id AS askId FROM open_asks
     WHERE user_id = ?1 AND (?2 IS NULL OR (opened_at, session_id, ask_id) > (?2, ?3, ?4)) ORDER BY opened_at, session_id, ask_id LIMIT ?5`,
    userId,
    after?.openedAt ?? null,
    after?.sessionId ?? null,
    after?.askId ?? null,
    limit,
  );
}
