import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type McpServer, mcpServer, mcpServerName } from '@ai-sessions/protocol';
import { z } from 'zod';

const declared = z.object({ mcpServers: z.record(z.string(), z.record(z.string(), z.unknown())).default({}) });
const manifest = z.object({ name: z.string() });

/**
 * The MCP servers that a plugin declares in its `.mcp.json`, under the names that Claude Code gives them. The runner connects
 * to them as to those of a profile: Claude Code itself is told to take none but what it is handed. Never throws; what
 * cannot be read is left out.
 * @param folder of the plugin on the host
 * @param inside where the sandbox shows it, which is what `${CLAUDE_PLUGIN_ROOT}` stands for
 */
export function pluginServers(folder: string, inside: string): Record<string, McpServer> {
  const { mcpServers } = readJson(join(folder, '.mcp.json'), declared) ?? { mcpServers: {} };
  const { name } = readJson(join(folder, '.claude-plugin/plugin.json'), manifest) ?? { name: basename(folder) };
  const servers = Object.entries(mcpServers).flatMap(([key, entry]) => {
    const text = JSON.stringify({ type: 'stdio', ...entry }).replaceAll('${CLAUDE_PLUGIN_ROOT}', () => JSON.stringify(inside).slice(1, -1));
    const server = mcpServer.safeParse(JSON.parse(text));
    const named = mcpServerName.safeParse(`plugin_${name}_${key}`.replaceAll(/[^A-Za-z0-9_-]/g, '_'));
    return server.success && named.success ? [[named.data, server.data] as const] : [];
  });
  return Object.fromEntries(servers);
}

function readJson<Value>(file: string, schema: z.ZodType<Value>): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
