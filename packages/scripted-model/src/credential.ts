import type { IncomingHttpHeaders } from 'node:http';

/** What a request authenticated itself with. */
export interface Credential {
  kind: 'api_key' | 'bearer';
  value: string;
}

/** `x-api-key` wins over `Authorization: Bearer`, as at Anthropic. */
export function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return { kind: 'api_key', value: key };
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return bearer === undefined ? undefined : { kind: 'bearer', value: bearer };
}
