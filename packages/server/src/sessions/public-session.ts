import type { McpServerStatus, Session } from '@ai-sessions/protocol';
import { type SessionState, activityOf, isLive } from '../domain/session-state.ts';
import { uptimeAt } from '../domain/session-uptime.ts';

/** A session as the API shows it at that moment. */
export function publicSession(state: SessionState, now: string): Session {
  const { settings } = state;
  const uptime = uptimeAt(state, now);
  return {
    id: state.id,
    name: state.name,
    status: state.status,
    activity: activityOf(state),
    termination_reason: state.termination_reason,
    error_message: state.error_message,
    exit_code: state.exit_code,
    profile_id: state.profile_id,
    allowed_tools: [...settings.allowed_tools],
    denied_tools: [...settings.denied_tools],
    permission_mode: settings.permission_mode,
    model: settings.model,
    max_turns: settings.max_turns,
    max_budget_usd: settings.max_budget_usd,
    mcp_server_names: Object.keys(settings.mcp_servers),
    mcp_servers: mcpServers(state),
    network: settings.network,
    created_at: state.created_at,
    started_at: state.started_at,
    terminated_at: state.terminated_at,
    active_seconds: Math.floor(uptime.active / 1000),
    hibernated_seconds: Math.floor(uptime.hibernated / 1000),
    last_seq: state.last_seq,
    usage: state.usage,
  };
}

/** Those of the settings, then those of plugins. Of an ended session as they were last; of one without processes nothing is known. */
function mcpServers(state: SessionState): McpServerStatus[] {
  const known = isLive(state) && state.incarnation !== 'up' && state.incarnation !== 'starting' ? [] : (state.mcp_servers ?? []);
  const named = Object.keys(state.settings.mcp_servers);
  const own = named.map((name) => known.find((server) => server.name === name) ?? { name, status: 'pending' as const, error: null });
  return [...own, ...known.filter(({ name }) => !named.includes(name))];
}
