import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGatewayTokens } from './gateway-token.ts';

let now = Date.parse('2026-11-23T02:00:00Z');
const clock = { now: () => now, timestamp: () => new Date(now).toISOString() };
const masterKey = randomBytes(32);
const tokens = createGatewayTokens({ masterKey, clock });
const incarnation = { sessionId: 'ses_1', epoch: 3, userId: 'usr_ada' };

test('a token speaks for its incarnation, at any replica with the same master key', () => {
  const token = tokens.issue(incarnation, 60);
  expect(tokens.verify(token)).toEqual(incarnation);
  expect(createGatewayTokens({ masterKey, clock }).verify(token)).toEqual(incarnation);
  expect(createGatewayTokens({ masterKey: randomBytes(32), clock }).verify(token)).toBeNull();
});

test('a token ends, with 10 s of leeway', () => {
  const token = tokens.issue(incarnation, 60);
  now += 69_999;
  expect(tokens.verify(token)).toEqual(incarnation);
  now += 1;
  expect(tokens.verify(token)).toBeNull();
});

test('nothing else is taken', () => {
  const token = tokens.issue(incarnation, 60);
  for (const wrong of [
    '',
    'gw1.',
    'gw1..',
    'gw1.e30.',
    token.slice(0, -1),
    `${token}A`,
    `x${token}`,
    token.replace('gw1', 'gw2'),
    'gw1.'.repeat(1000),
  ]) {
    expect(tokens.verify(wrong)).toBeNull();
  }
  fc.assert(
    fc.property(fc.nat(token.length - 2), fc.constantFrom('A', 'b', '0', '_', '.'), (at, character) => {
      fc.pre(token[at] !== character);
      expect(tokens.verify(token.slice(0, at) + character + token.slice(at + 1))).toBeNull();
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void expect(tokens.verify(text)).toBeNull()));
});
