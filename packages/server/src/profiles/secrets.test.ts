import { ApiError, type McpServer, type Settings, defaultSettings } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinSecrets, splitSecrets } from './secrets.ts';

const open: Settings = {
  ...defaultSettings,
  environment: { API_TOKEN: 'one', constructor: 'two' },
  mcp_servers: {
    remote: { type: 'http', url: 'https://mcp.example.com/', headers: { Authorization: 'Bearer three' } },
    events: { type: 'sse', url: 'https://sse.example.com/' },
    local: { type: 'stdio', command: 'mcp', args: ['--stdio'], env: { KEY: 'four' } },
  },
};

describe('splitSecrets', () => {
  test('masks every secret value and nothing else', () => {
    const { masked, secrets } = splitSecrets(open);
    expect(masked).toEqual({
      ...open,
      environment: { API_TOKEN: '***', constructor: '***' },
      mcp_servers: {
        remote: { type: 'http', url: 'https://mcp.example.com/', headers: { Authorization: '***' } },
        events: { type: 'sse', url: 'https://sse.example.com/' },
        local: { type: 'stdio', command: 'mcp', args: ['--stdio'], env: { KEY: '***' } },
      },
    });
    expect(secrets).toEqual({
      environment: { API_TOKEN: 'one', constructor: 'two' },
      mcp_servers: { remote: { headers: { Authorization: 'Bearer three' } }, local: { env: { KEY: 'four' } } },
    });
  });

  test('has no secrets where there are none', () => {
    expect(splitSecrets(defaultSettings)).toEqual({ masked: defaultSettings, secrets: null });
  });

  test('keeps what is stored under the same name for "***", and takes a new value', () => {
    const { masked, secrets } = splitSecrets(open);
    const changed = { ...masked, environment: { API_TOKEN: '***', NEW: 'five' } };
    expect(splitSecrets(changed, secrets).secrets).toEqual({ ...secrets, environment: { API_TOKEN: 'one', NEW: 'five' } });
  });

  const remote = (server: McpServer): Partial<Settings> => ({ mcp_servers: { remote: server } });
  test.each<[string, Partial<Settings>]>([
    ['environment.OTHER', { environment: { OTHER: '***' } }],
    ['environment.toString', { environment: Object.fromEntries([['toString', '***']]) }],
    ['mcp_servers.remote.headers.X', remote({ type: 'http', url: 'https://a.example', headers: { X: '***' } })],
    ['mcp_servers.remote.env.Authorization', remote({ type: 'stdio', command: 'x', env: { Authorization: '***' } })],
    [
      'mcp_servers.constructor.env.name',
      { mcp_servers: Object.fromEntries([['constructor', { type: 'stdio', command: 'x', env: { name: '***' } }]]) },
    ],
  ])('refuses "***" with nothing stored: %s', (path, change) => {
    const { secrets } = splitSecrets(open);
    const refusal = caught(() => splitSecrets({ ...open, ...change }, secrets));
    expect(refusal.code).toBe('invalid_request');
    expect(refusal.details).toEqual([{ path, message: expect.any(String) }]);
  });
});

test('what is split and joined is as it was, and the masked half holds no secret', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((text) => text !== '__proto__');
  const secret = fc.string({ minLength: 8 }).map((text) => `secret:${text}`);
  const secretMap = fc.dictionary(name, secret, { noNullPrototype: true });
  const server: fc.Arbitrary<McpServer> = fc.oneof(
    secretMap.map((headers): McpServer => ({ type: 'http', url: 'https://a.example/', headers })),
    secretMap.map((env): McpServer => ({ type: 'stdio', command: 'x', env })),
  );
  const settings = fc.record({ environment: secretMap, mcp_servers: fc.dictionary(name, server, { noNullPrototype: true }) });
  fc.assert(
    fc.property(settings, (given) => {
      const { masked, secrets } = splitSecrets(given);
      expect(JSON.stringify(masked)).not.toContain('secret:');
      expect(joinSecrets(masked, secrets)).toEqual(given);
      expect(splitSecrets(masked, secrets)).toEqual({ masked, secrets });
    }),
  );
});

function caught(action: () => unknown): ApiError {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error('nothing was refused');
}
