import type { OpenAsk } from '@ai-sessions/protocol';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { queryKeys } from './query-keys.ts';

/** How many are fetched at once, over all sessions: more than anybody answers in one sitting. */
const most = 200;

export interface OpenAsks {
  /** Oldest first. */
  readonly asks: readonly OpenAsk[];
  /** There are more than are listed here. */
  readonly more: boolean;
}

async function getOpenAsks(signal: AbortSignal): Promise<OpenAsks> {
  const { approvals, next_cursor } = await api.call('listApprovals', { query: { limit: most }, signal });
  return { asks: approvals, more: next_cursor !== '' };
}

/** What waits for the user in all sessions, asked for again every few seconds: also while the page is not seen, so that it can call. */
export function useOpenAsks() {
  return useQuery({
    queryKey: queryKeys.openAsks,
    queryFn: ({ signal }) => getOpenAsks(signal),
    refetchInterval: 3_000,
    refetchIntervalInBackground: true,
  });
}
