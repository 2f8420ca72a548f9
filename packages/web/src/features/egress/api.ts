import type { EgressFilter } from '@ai-sessions/protocol';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** What a session asked for on the network, and its model calls: newest first, a page at a time, all or what the filter names. */
export function useEgress(sessionId: string, filter: EgressFilter, pulse: number) {
  return useInfiniteQuery({
    queryKey: ['egress', sessionId, filter, pulse],
    queryFn: ({ pageParam, signal }) =>
      api.call('listEgress', { params: { id: sessionId }, query: { ...filter, limit: 100, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    placeholderData: (before) => before,
  });
}
