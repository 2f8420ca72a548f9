import { expect, test } from 'vitest';
import { gatewayRoute } from './gateway-route.ts';

test.each([
  ['POST', '/v1/messages', 'messages'],
  ['POST', '/v1/messages?beta=true', 'messages'],
  ['POST', '/v1/messages/count_tokens?beta=true', 'count_tokens'],
  ['GET', '/v1/models', 'models'],
  ['GET', '/v1/models?limit=1000&after_id=claude-x', 'models'],
  ['GET', '/v1/models/claude-opus-5-5-20260923?beta=true', 'models'],
] as const)('%s %s is passed on as it is', (method, url, route) => {
  expect(gatewayRoute(method, url)).toEqual({ route, path: url });
});

test.each([
  ['GET', '/v1/messages'],
  ['POST', '/v1/models'],
  ['DELETE', '/v1/models/claude-opus-5-5'],
  ['HEAD', '/v1/models'],
  ['post', '/v1/messages'],
  ['POST', ''],
  ['POST', '/'],
  ['POST', 'v1/messages'],
  ['POST', '//v1/messages'],
  ['POST', '/v1//messages'],
  ['POST', '/v1/messages/'],
  ['POST', '/v1/messages/batches'],
  ['POST', '/v1/files/../messages'],
  ['POST', '/v1/messages/../files'],
  ['POST', '/v1/messages%2fbatches'],
  ['POST', '/v1/%6dessages'],
  ['POST', '/v1/messages;x'],
  ['POST', '/v1/messages#x'],
  ['POST', '/v1\\messages'],
  ['POST', '/v1/Messages'],
  ['POST', 'http://evil.example/v1/messages'],
  ['POST', '/v1/messages?beta=true&path=/v1/files'],
  ['POST', '/v1/messages?beta=true&'],
  ['POST', '/v1/messages?beta=%0d%0a'],
  ['POST', '/v1/messages?beta=true?beta=true'],
  ['POST', '/v1/messages?'.padEnd(5000, 'beta=1&')],
  ['POST', 'constructor'],
  ['GET', '/v1/models/'],
  ['GET', '/v1/models/..'],
  ['GET', '/v1/models/a/b'],
  ['GET', '/v1/models/%2e%2e'],
  ['GET', '/v1/models/claude\r\nx: y'],
  ['GET', `/v1/models/${'a'.repeat(200)}`],
  ['GET', '/api/oauth/profile'],
  ['GET', '/v1/organizations/me'],
])('%s %j is not', (method, url) => {
  expect(gatewayRoute(method, url)).toBeNull();
});
