import type { IncomingHttpHeaders } from 'node:http';
import type { CredentialType } from '@ai-sessions/protocol';

const oauthBeta = 'oauth-2025-04-20';

/** Names and beginnings of names that go up. Whatever else a sandbox sends stays here: its auth, cookies, forwarding. */
const up = {
  names: new Set(['accept', 'content-type', 'content-length', 'user-agent', 'x-app']),
  prefixes: ['anthropic-', 'x-stainless-', 'x-claude-code-'],
};

/** What comes down: what Claude Code reads. Never cookies, nor what tells of the network between. */
const down = {
  names: new Set([
    'content-type',
    'content-length',
    'content-encoding',
    'cache-control',
    'retry-after',
    'retry-after-ms',
    'request-id',
    'x-should-retry',
  ]),
  prefixes: ['anthropic-'],
};

type Headers = Record<string, string | string[]>;

/**
 * The headers of a call to the upstream, with the user's own credential. The answer is asked for uncompressed, since
 * it is metered as it passes.
 */
export function upstreamHeaders(
  incoming: IncomingHttpHeaders,
  credential: { readonly type: CredentialType; readonly secret: string },
): Headers {
  const headers = { ...chosen(incoming, up), 'accept-encoding': 'identity' };
  const betas = String(incoming['anthropic-beta'] ?? '')
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '' && beta !== oauthBeta);
  switch (credential.type) {
    case 'oauth_token':
      return { ...headers, authorization: `Bearer ${credential.secret}`, 'anthropic-beta': [oauthBeta, ...betas].join(',') };
    case 'api_key':
    case 'demo':
      return {
        ...withoutBeta(headers),
        'x-api-key': credential.secret,
        ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
      };
    default: {
      const unreachable: never = credential.type;
      throw new Error(`Unknown credential type ${String(unreachable)}`);
    }
  }
}

/** The headers of the upstream's answer that the sandbox may see. */
export function clientHeaders(upstream: IncomingHttpHeaders): Headers {
  return chosen(upstream, down);
}

function chosen(headers: IncomingHttpHeaders, allowed: typeof up): Headers {
  const passed: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && (allowed.names.has(name) || allowed.prefixes.some((prefix) => name.startsWith(prefix))))
      passed[name] = value;
  }
  return passed;
}

function withoutBeta(headers: Headers): Headers {
  const { 'anthropic-beta': _, ...others } = headers;
  return others;
}
