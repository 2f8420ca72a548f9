import { useQuery } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** What was used between two days, both included, in UTC. */
export function useUsageReport(from: string, to: string) {
  return useQuery({
    queryKey: ['usage', from, to],
    queryFn: ({ signal }) => api.call('usage', { query: { from, to }, signal }),
    placeholderData: (before) => before,
    refetchInterval: 60_000,
  });
}
