import type { Session } from '@ai-sessions/protocol';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { queryKeys } from './query-keys.ts';

async function getLiveSessions(signal: AbortSignal): Promise<Session[]> {
  const [running, starting] = await Promise.all([
    api.call('listSessions', { query: { status: 'running', limit: 200 }, signal }),
    api.call('listSessions', { query: { status: 'starting', limit: 200 }, signal }),
  ]);
  const known = new Set(running.sessions.map((session) => session.id));
  return [...running.sessions, ...starting.sessions.filter((session) => !known.has(session.id))];
}

/** The sessions that have not ended, asked for again every few seconds while the page is seen. */
export function useLiveSessions() {
  return useQuery({ queryKey: queryKeys.liveSessions, queryFn: ({ signal }) => getLiveSessions(signal), refetchInterval: 4_000 });
}
