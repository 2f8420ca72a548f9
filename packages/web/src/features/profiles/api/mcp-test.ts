import type { McpServer } from '@ai-sessions/protocol';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

interface Tested {
  readonly name: string;
  readonly server: McpServer;
  /** Of a stored profile: what it shows as "***" is taken from there. */
  readonly profileId: string | undefined;
}

/** Has the server connect to an MCP server, as a session would. */
export function useMcpTest() {
  return useMutation({
    mutationFn: ({ name, server, profileId }: Tested) =>
      api.call('testMcpServer', { body: profileId === undefined ? { server } : { server, profile_id: profileId, name } }),
  });
}
