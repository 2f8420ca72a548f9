import { ApiCallError, NetworkError } from '@ai-sessions/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { queryKeys } from './query-keys.ts';

/** Any answer may tell that the user is not registered, or has no credential any more: the gate then asks again. */
function watchForSetup(error: unknown): void {
  if (!(error instanceof ApiCallError)) return;
  if (error.code === 'not_registered') void queryClient.invalidateQueries({ queryKey: queryKeys.profiles });
  if (error.code === 'no_credentials') void queryClient.invalidateQueries({ queryKey: queryKeys.credential });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (query.queryKey[0] !== queryKeys.profiles[0]) watchForSetup(error);
    },
  }),
  mutationCache: new MutationCache({ onError: watchForSetup }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && (error instanceof NetworkError || (error instanceof ApiCallError && error.status >= 500)),
      retryDelay: (failures) => 500 * 2 ** failures,
    },
    mutations: { retry: false },
  },
});
