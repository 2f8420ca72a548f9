import type { McpServer, McpTestResult, TerminalRequest, WorkspaceRequest } from '@ai-sessions/protocol';

/** Finds runners for sessions and speaks to the runner that owns one. */
export interface Dispatcher {
  /** True while some runner is connected and takes sessions. */
  available(): boolean;
  /** Asks the session's runner about its workspace. @throws ApiError `unavailable` when it is not connected or silent for `timeoutMs`. */
  workspace(sessionId: string, request: WorkspaceRequest, timeoutMs: number): Promise<{ ok: boolean; body: unknown }>;
  /** Has the session's runner dial in for a viewer of a shell. @throws ApiError `unavailable` when it is not connected. */
  terminal(sessionId: string, dialId: string, request: TerminalRequest): Promise<void>;
  /** Has a runner connect to an MCP server and tell how it went. @throws ApiError `unavailable` when none can, or none answers. */
  testMcpServer(server: McpServer): Promise<McpTestResult>;
  /** Removes the session's workspace and transcript wherever they are. */
  purge(sessionId: string): void;
}
