import type { SessionSpec } from '@ai-sessions/protocol';
import { programEnvironment } from '../claude/claude-environment.ts';
import { pluginServers } from '../claude/plugin-servers.ts';
import { pluginFolders, type Plugins } from '../claude/plugins.ts';
import { McpServers, type McpServersOptions } from '../mcp/mcp-servers.ts';
import { outboundThrough } from '../mcp/outbound.ts';
import type { Place } from './place.ts';

/** Begins to connect to the MCP servers of a session and of its plugins: programs run in its sandbox, each apart from Claude Code and its commands. */
export function connectMcp(
  spec: SessionSpec,
  plugins: Plugins,
  { sandbox, egress }: Place,
  onStatus: McpServersOptions['onStatus'],
): McpServers {
  const { workspace, home } = sandbox.paths;
  const folders = pluginFolders(plugins, spec.plugins);
  return new McpServers({
    servers: Object.assign({}, ...folders.map((folder) => pluginServers(folder, sandbox.inside(folder))), spec.mcp_servers),
    place: {
      outbound: outboundThrough(egress.dispatcher()),
      workspace,
      spawn: (command, args, env) => sandbox.spawn(command, args, { env: programEnvironment(spec, home, env), cwd: workspace }),
    },
    onStatus,
  });
}
