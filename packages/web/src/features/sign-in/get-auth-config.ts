import { useQuery } from '@tanstack/react-query';
import { queryKeys } from '../../lib/query-keys.ts';

export interface AuthConfig {
  readonly mode: 'local' | 'oidc';
  /** The scripted model answers: nothing needs an Anthropic account. */
  readonly demo: boolean;
  /** Signing in with a Claude subscription is offered. */
  readonly claudeLogin: boolean;
}

async function getAuthConfig(): Promise<AuthConfig> {
  const response = await fetch('/auth/config', { signal: AbortSignal.timeout(15_000) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const json = (await response.json()) as { mode?: unknown; demo?: unknown; claude_login?: unknown };
  return { mode: json.mode === 'oidc' ? 'oidc' : 'local', demo: json.demo === true, claudeLogin: json.claude_login === true };
}

/** How this server is set up. It stays the same as long as the page is open. */
export function useAuthConfig() {
  return useQuery({ queryKey: queryKeys.config, queryFn: getAuthConfig, staleTime: Infinity });
}
