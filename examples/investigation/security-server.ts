import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { events, reputationOf, sensors } from './incident.ts';

export interface SecurityServer extends AsyncDisposable {
  /** What to give a session as the `url` of its MCP server. */
  readonly url: string;
  /** The tools that were called, in order. */
  readonly calls: readonly string[];
}

/**
 * An MCP server over HTTP with sensors, their events, and reputation look-ups; all of it made up. It answers only those
 * who send the key in the header `X-Api-Key`.
 */
export async function startSecurityServer(options: { readonly key: string; readonly port?: number }): Promise<SecurityServer> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    if (!hasKey(request, options.key)) return void response.writeHead(401).end('a valid X-Api-Key is needed');
    // No session to keep: each request is answered by a server of its own.
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    const mcp = securityTools(calls);
    response.on('close', () => void mcp.close());
    // The SDK's own types differ in what they leave optional.
    void mcp.connect(transport as never).then(() => transport.handleRequest(request, response));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    calls,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function hasKey(request: IncomingMessage, key: string): boolean {
  const given = Buffer.from(String(request.headers['x-api-key'] ?? ''));
  const wanted = Buffer.from(key);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function securityTools(calls: string[]): McpServer {
  const server = new McpServer({ name: 'security', version: '1.0.0' });
  const answer = (name: string, value: unknown) => {
    calls.push(name);
    return { content: [{ type: 'text' as const, text: JSON.stringify(value) }] };
  };
  server.registerTool(
    'get_sensor',
    {
      description: 'Describes a sensor: host, platform, user.',
      inputSchema: { sensor_id: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ sensor_id }) => answer('get_sensor', sensors.find((sensor) => sensor.sensor_id === sensor_id) ?? { error: 'no such sensor' }),
  );
  server.registerTool(
    'list_events',
    {
      description: 'Lists what a sensor saw: processes, registry, DNS, network.',
      inputSchema: { sensor_id: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ sensor_id }) => answer('list_events', sensor_id === 'abc123' ? events : []),
  );
  server.registerTool(
    'lookup_reputation',
    {
      description: 'What threat intelligence feeds know of the addresses and SHA-256 hashes in a text.',
      inputSchema: { indicators: z.string() },
      annotations: { readOnlyHint: true },
    },
    ({ indicators }) => answer('lookup_reputation', reputationOf(indicators)),
  );
  return server;
}
