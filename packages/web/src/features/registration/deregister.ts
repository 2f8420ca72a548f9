import { useMutation } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';
import { queryClient } from '../../lib/query-client.ts';

/** Deletes the user's account; every query then finds out that there is none. */
export function useDeregister() {
  return useMutation({ mutationFn: () => api.call('deregister'), onSuccess: () => queryClient.resetQueries() });
}
