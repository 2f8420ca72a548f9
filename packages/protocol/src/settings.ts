import { z } from 'zod';
import { fixedLimits } from './limits.ts';
import { network } from './network.ts';

export const permissionMode = z.enum(['acceptEdits', 'plan', 'bypassPermissions']);
export type PermissionMode = z.infer<typeof permissionMode>;

const utf8 = new TextEncoder();
const bytesAtMost = (max: number) => (text: string) => utf8.encode(text).length <= max;

/** What stands in place of a stored secret when it is read; written back, it keeps the stored value. */
export const maskedSecret = '***';

const toolPattern = z.string().trim().min(1).max(fixedLimits.toolPatternLength);
const secretMap = (name: z.ZodString) =>
  z
    .record(name, z.string().refine(bytesAtMost(fixedLimits.environmentValueBytes), 'at most 32 KiB'))
    .refine((map) => Object.keys(map).length <= fixedLimits.environmentVariables, 'too many entries');

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'letters, digits and _ only, not starting with a digit');
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, 'not a header name');
const headerMap = secretMap(headerName).refine(
  (map) => Object.values(map).every((value) => !/[\r\n\0]/.test(value)),
  'header values hold no line breaks',
);
const environmentMap = secretMap(environmentName).refine(
  (map) => Object.values(map).every((value) => !value.includes('\0')),
  'values hold no NUL',
);

export const mcpServer = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('http'), url: z.url({ protocol: /^https?$/ }).max(2048), headers: headerMap.optional() }),
    z.strictObject({ type: z.literal('sse'), url: z.url({ protocol: /^https?$/ }).max(2048), headers: headerMap.optional() }),
    z.strictObject({
      type: z.literal('stdio'),
      command: z.string().min(1).max(1024),
      args: z.array(z.string().max(4096)).max(100).optional(),
      env: environmentMap.optional(),
    }),
  ])
  .meta({ id: 'McpServer' });
export type McpServer = z.infer<typeof mcpServer>;

export const mcpServerName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, _ and -, at most 64');
const mcpServers = z
  .record(mcpServerName, mcpServer)
  .refine((map) => Object.keys(map).length <= fixedLimits.mcpServers, `at most ${fixedLimits.mcpServers} servers`);

/**
 * The settings that a profile holds and a session runs with. `null` means: not set, Claude Code's own default.
 * `environment` and the `headers` and `env` of MCP servers are secrets: they are read as `"***"`.
 */
export const settings = z.strictObject({
  allowed_tools: z.array(toolPattern).max(fixedLimits.toolPatterns),
  denied_tools: z.array(toolPattern).max(fixedLimits.toolPatterns),
  permission_mode: permissionMode,
  model: z.string().trim().min(1).max(200).nullable(),
  max_turns: z.int().min(1).max(1_000_000).nullable(),
  max_budget_usd: z.number().positive().max(1_000_000).nullable(),
  task_budget_tokens: z.int().min(1).nullable(),
  mcp_servers: mcpServers,
  environment: environmentMap,
  system_prompt_suffix: z.string().refine(bytesAtMost(fixedLimits.systemPromptSuffixBytes), 'at most 16384 bytes').nullable(),
  ttl_seconds: z.int().min(1).max(fixedLimits.ttlSeconds).nullable(),
  one_shot: z.boolean(),
  plugins: z.array(z.string().min(1).max(100)).max(50),
  network: network.nullable(),
});
export type Settings = z.infer<typeof settings>;

export const defaultSettings: Settings = {
  allowed_tools: [],
  denied_tools: [],
  permission_mode: 'acceptEdits',
  model: null,
  max_turns: null,
  max_budget_usd: null,
  task_budget_tokens: null,
  mcp_servers: {},
  environment: {},
  system_prompt_suffix: null,
  ttl_seconds: null,
  one_shot: false,
  plugins: [],
  network: null,
};
