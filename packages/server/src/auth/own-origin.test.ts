import { expect, test } from 'vitest';
import { isOwnOrigin } from './own-origin.ts';

const publicUrl = 'https://sessions.example.com';

test.each([
  ['a program', undefined, 'sessions.example.com', true],
  ['the page at the public URL', publicUrl, '10.0.0.7:8080', true],
  ['the page as it was asked for, TLS ended before us', 'https://10.0.0.7:8080', '10.0.0.7:8080', true],
  ['the host written large', 'http://localhost:8080', 'LOCALHOST:8080', true],
  ['another site', 'https://evil.example', 'sessions.example.com', false],
  ['a site whose name begins or ends like ours', 'https://sessions.example.com.evil.example', 'sessions.example.com', false],
  ['another port of this machine', 'http://localhost:3000', 'localhost:8080', false],
  ['a page without an origin of its own', 'null', 'sessions.example.com', false],
  ['nonsense', 'https://', 'sessions.example.com', false],
  ['no host', 'https://evil.example', undefined, false],
])('%s: %s at %s is own: %s', (_, origin, host, own) => {
  expect(isOwnOrigin({ origin, host }, publicUrl)).toBe(own);
});
