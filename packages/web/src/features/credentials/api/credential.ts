import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

export function useCredential() {
  return useQuery({ queryKey: queryKeys.credential, queryFn: ({ signal }) => api.call('credentialStatus', { signal }), staleTime: 60_000 });
}

const changed = () => queryClient.invalidateQueries({ queryKey: queryKeys.credential });

export function useStoreApiKey() {
  return useMutation({ mutationFn: (api_key: string) => api.call('storeApiKey', { body: { api_key } }), onSuccess: changed });
}

export function useDeleteCredential() {
  return useMutation({ mutationFn: () => api.call('deleteCredential'), onSuccess: changed });
}

export function useStartClaudeLogin() {
  return useMutation({ mutationFn: () => api.call('startOauth') });
}

/** The address to open, asked for until it is ready. */
export function useClaudeLoginUrl(oauthSessionId: string | undefined) {
  return useQuery({
    queryKey: ['claude-login', oauthSessionId],
    queryFn: ({ signal }) => api.call('oauthUrl', { query: { session_id: oauthSessionId ?? '' }, signal }),
    enabled: oauthSessionId !== undefined,
    refetchInterval: (query) => (query.state.data?.status === 'pending' || query.state.data === undefined ? 1000 : false),
    retry: false,
  });
}

export function useSubmitClaudeCode() {
  return useMutation({
    mutationFn: (body: { readonly session_id: string; readonly code: string }) => api.call('submitOauthCode', { body }),
    onSuccess: changed,
  });
}
