import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** What a session asked for on the network, and its model calls: newest first, a page at a time. */
export function useEgress(sessionId: string, pulse: number) {
  return useInfiniteQuery({
    queryKey: ['egress', sessionId, pulse],
    queryFn: ({ pageParam, signal }) =>
      api.call('listEgress', { params: { id: sessionId }, query: { limit: 100, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    placeholderData: (before) => before,
  });
}
