import { ApiError, type ErrorDetail, type Settings, maskedSecret } from '@ai-sessions/protocol';
import { z } from 'zod';

/** The settings that hold secrets: `environment`, and the `headers` and `env` of MCP servers. */
export type SecretBearing = Pick<Settings, 'environment' | 'mcp_servers'>;
type McpServer = Settings['mcp_servers'][string];

const secretMap = z.record(z.string(), z.string());

/** The secret parts alone, unmasked: what is sealed as JSON text. */
export const secretParts = z.strictObject({
  environment: secretMap,
  mcp_servers: z.record(z.string(), z.strictObject({ headers: secretMap.optional(), env: secretMap.optional() })),
});
export type SecretParts = z.infer<typeof secretParts>;

/**
 * Takes the secrets out of settings: `masked` is the settings with each secret's value as `"***"`, `secrets` the values,
 * or null where there are none. A value given as `"***"` keeps what `stored` has under the same name.
 * @throws ApiError `invalid_request` for a `"***"` with nothing stored under its name.
 */
export function splitSecrets<T extends SecretBearing>(
  settings: T,
  stored: SecretParts | null = null,
): { masked: T; secrets: SecretParts | null } {
  const missing: ErrorDetail[] = [];
  const environment = keepStored(settings.environment, stored?.environment, 'environment', missing);
  const servers = Object.entries(settings.mcp_servers).map(([name, server]): [string, SecretParts['mcp_servers'][string]] => {
    const kept = ownValue(stored?.mcp_servers ?? {}, name);
    return [name, mapSecrets(server, (map, field) => keepStored(map, kept?.[field], `mcp_servers.${name}.${field}`, missing))];
  });
  const secretServers = servers.filter(([, parts]) => Object.keys(parts).length > 0);
  if (missing.length > 0) {
    throw new ApiError('invalid_request', '"***" keeps a stored secret, but none is stored under that name. Give the value itself.', {
      details: missing.slice(0, 20),
    });
  }
  const none = Object.keys(environment).length === 0 && secretServers.length === 0;
  return {
    masked: withSecrets(settings, (map) => fill(map, () => maskedSecret)),
    secrets: none ? null : { environment, mcp_servers: Object.fromEntries(secretServers) },
  };
}

/** Puts the secrets back in the places that `splitSecrets` masked. */
export function joinSecrets<T extends SecretBearing>(masked: T, secrets: SecretParts | null): T {
  return withSecrets(masked, (map, field, server) => {
    const values = field === 'environment' ? secrets?.environment : ownValue(secrets?.mcp_servers ?? {}, server ?? '')?.[field];
    return fill(map, (name, value) => (value === maskedSecret && values !== undefined ? (ownValue(values, name) ?? value) : value));
  });
}

/**
 * An MCP server whose values given as `"***"` are those of the stored one.
 * @throws ApiError `invalid_request` for a `"***"` with nothing stored under its name.
 */
export function fillMasked(server: McpServer, stored: McpServer | undefined): McpServer {
  const kept = stored === undefined ? {} : mapSecrets(stored, (map) => map);
  const whole = splitSecrets({ environment: {}, mcp_servers: { server } }, { environment: {}, mcp_servers: { server: kept } });
  return joinSecrets(whole.masked, whole.secrets).mcp_servers['server'] ?? server;
}

type SecretField = 'environment' | 'headers' | 'env';
type SecretMap = Record<string, string>;

/** The settings with every secret map replaced by what `change` makes of it. */
function withSecrets<T extends SecretBearing>(settings: T, change: (map: SecretMap, field: SecretField, server?: string) => SecretMap): T {
  const servers = Object.entries(settings.mcp_servers).map(([name, server]): [string, McpServer] => [
    name,
    { ...server, ...mapSecrets(server, (map, field) => change(map, field, name)) },
  ]);
  return { ...settings, environment: change(settings.environment, 'environment'), mcp_servers: Object.fromEntries(servers) };
}

/** What `change` makes of the one map of secrets that a server may have: `headers` over HTTP, `env` over stdio. */
function mapSecrets(
  server: McpServer,
  change: (map: SecretMap, field: 'headers' | 'env') => SecretMap,
): { headers?: SecretMap; env?: SecretMap } {
  if (server.type === 'stdio') return server.env === undefined ? {} : { env: change(server.env, 'env') };
  return server.headers === undefined ? {} : { headers: change(server.headers, 'headers') };
}

function keepStored(map: SecretMap, stored: SecretMap | undefined, path: string, missing: ErrorDetail[]): SecretMap {
  return fill(map, (name, value) => {
    if (value !== maskedSecret) return value;
    const kept = ownValue(stored ?? {}, name);
    if (kept === undefined) missing.push({ path: `${path}.${name}`, message: 'No value is stored under this name.' });
    return kept ?? value;
  });
}

function fill(map: SecretMap, value: (name: string, value: string) => string): SecretMap {
  return Object.fromEntries(Object.entries(map).map(([name, given]) => [name, value(name, given)]));
}

/** Names are the user's own: `constructor` is one of them, and must not find what every object inherits. */
function ownValue<V>(map: Record<string, V>, name: string): V | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
