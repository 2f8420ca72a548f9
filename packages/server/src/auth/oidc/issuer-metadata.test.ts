import { expect, test } from 'vitest';
import { createMetadata } from './issuer-metadata.ts';

const issuer = 'https://login.example.com';
const whole = { issuer, jwks_uri: `${issuer}/k`, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t` };

function metadataFrom(replies: (() => Response)[]) {
  let now = 0;
  let asked = 0;
  const troubles: string[] = [];
  const metadata = createMetadata({
    issuer,
    clock: { now: () => now, timestamp: () => new Date(now).toISOString() },
    fetch: async () => (replies[asked++] ?? replies.at(-1) ?? Response.error)(),
    onTrouble: (error) => troubles.push(String(error)),
  });
  return { metadata, troubles, asked: () => asked, advance: (milliseconds: number) => void (now += milliseconds) };
}

const good = () => Response.json(whole);
const down = () => new Response('', { status: 502 });

test('many that ask at once make one request', async () => {
  const { metadata, asked } = metadataFrom([good]);
  await Promise.all(Array.from({ length: 20 }, metadata));
  expect(asked()).toBe(1);
});

test('the pauses between failures double up to 10 s, and the first success ends them', async () => {
  const { metadata, asked, advance } = metadataFrom([down, down, down, down, down, down, good]);
  const pauses: unknown[] = [];
  for (let failure = 0; failure < 6; failure += 1) {
    const error: unknown = await metadata().catch((reason: unknown) => reason);
    const seconds = (error as { retryAfterSeconds: number }).retryAfterSeconds;
    pauses.push(seconds);
    advance(seconds * 1000);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 10, 10]);
  await expect(metadata()).resolves.toMatchObject(whole);
  expect(asked()).toBe(7);
});

test('what is known stays good while the issuer is away', async () => {
  const { metadata, asked, advance } = metadataFrom([good, down]);
  await metadata();
  advance(3_600_000);
  await expect(metadata()).resolves.toMatchObject(whole);
  expect(asked()).toBe(2);
});

test.each([
  ['keys without TLS', { ...whole, jwks_uri: 'http://login.example.com/k' }, /without TLS/],
  ['another name', { ...whole, issuer: 'https://evil.example' }, /calls itself https:\/\/evil.example/],
  ['no keys', { ...whole, jwks_uri: undefined }, /jwks_uri/],
  ['keys in a file', { ...whole, jwks_uri: 'file:///etc/passwd' }, /jwks_uri/],
])('an issuer with %s is not used', async (_, document, trouble) => {
  const { metadata, troubles } = metadataFrom([() => Response.json(document)]);
  await expect(metadata()).rejects.toMatchObject({ code: 'unavailable' });
  expect(troubles[0]).toMatch(trouble);
});
