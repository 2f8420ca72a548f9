/** What a call asks of the model API. Only `messages` costs. */
export type GatewayRoute = 'messages' | 'count_tokens' | 'models';

export interface RoutedCall {
  readonly route: GatewayRoute;
  /** Path and query for the upstream, below its base path. */
  readonly path: string;
}

const posts: Readonly<Record<string, GatewayRoute>> = { '/v1/messages': 'messages', '/v1/messages/count_tokens': 'count_tokens' };
const models = /^\/v1\/models(?:\/[A-Za-z0-9][A-Za-z0-9._:-]{0,127})?$/;
const query = /^(?:\?(?:(?:beta|limit|after_id|before_id)=[A-Za-z0-9._:-]{0,128}(?:&(?!$)|$)){0,4})?$/;

/**
 * Finds what a request line may ask of the upstream; null for anything else. The path is compared as it was sent:
 * nothing is decoded or normalised, so that no spelling of another path gets through.
 */
export function gatewayRoute(method: string, url: string): RoutedCall | null {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  if (!query.test(url.slice(path.length))) return null;
  if (method === 'GET') return models.test(path) ? { route: 'models', path: url } : null;
  const route = method === 'POST' && Object.hasOwn(posts, path) ? posts[path] : undefined;
  return route === undefined ? null : { route, path: url };
}
