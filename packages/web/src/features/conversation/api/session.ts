import type { SessionItem } from '@ai-sessions/client';
import type { Session } from '@ai-sessions/protocol';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

export function useSession(id: string) {
  return useQuery({
    queryKey: queryKeys.session(id),
    queryFn: async ({ signal }) => (await api.call('getSession', { params: { id }, signal })).session,
  });
}

/** Keeps the session's record in step with what its stream tells. */
export function followSession(id: string, item: SessionItem): void {
  if (item.type === 'live' && item.frame.type === 'usage_delta') {
    const spent = item.frame.payload;
    queryClient.setQueryData<Session>(queryKeys.session(id), (session) => session && withUsage(session, spent));
  }
  const isNews =
    (item.type === 'event' && (item.event.type === 'result' || item.event.type === 'session_end')) ||
    // Also while it catches up: how much there is to catch up with is told by the record.
    (item.type === 'connection' &&
      (item.connection.state === 'replaying' || item.connection.state === 'live' || item.connection.state === 'ended'));
  if (isNews) refreshSoon(id);
}

type Spent = Extract<Extract<SessionItem, { type: 'live' }>['frame'], { type: 'usage_delta' }>['payload'];

function withUsage(session: Session, spent: Spent): Session {
  const { usage } = session;
  return {
    ...session,
    usage: {
      input_tokens: usage.input_tokens + spent.input_tokens,
      output_tokens: usage.output_tokens + spent.output_tokens,
      cache_read_input_tokens: usage.cache_read_input_tokens + spent.cache_read_input_tokens,
      cache_creation_input_tokens: usage.cache_creation_input_tokens + spent.cache_creation_input_tokens,
      total_cost_usd: usage.total_cost_usd + spent.cost_usd,
    },
  };
}

const planned = new Set<string>();

/** Tells the lists, which else ask every few seconds only, what the open session does. */
export function noteActivity(id: string, status: Session['status'], activity: Session['activity']): void {
  queryClient.setQueryData<Session[]>(queryKeys.liveSessions, (sessions) =>
    sessions?.map((session) => (session.id === id ? { ...session, status, activity } : session)),
  );
}

/** A replay has hundreds of results: one request is enough for them. */
function refreshSoon(id: string): void {
  if (planned.has(id)) return;
  planned.add(id);
  setTimeout(() => {
    planned.delete(id);
    void queryClient.invalidateQueries({ queryKey: queryKeys.session(id) });
    void queryClient.invalidateQueries({ queryKey: queryKeys.liveSessions });
  }, 300);
}
