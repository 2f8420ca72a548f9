import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost, matchesDomainRule, network, parseDomainRule } from './network.ts';

describe('canonicalHost', () => {
  it.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['[::FFFF:127.0.0.1]', '::ffff:7f00:1'],
    ['１２７.0.0.1', '127.0.0.1'],
  ])('%s is %s', (text, host) => expect(canonicalHost(text)).toBe(host));

  it.each([
    '',
    '.',
    'a..',
    'a b',
    'a/b',
    'user@host',
    'host:80',
    'a?b',
    'a#b',
    'a\\b',
    '%65xample.com',
    '[::1',
    '::1]',
    '[::1%lo]',
    '1.2.3.4.5',
    'a'.repeat(300),
  ])('%j is no host', (text) => expect(canonicalHost(text)).toBeNull());

  it('is its own canonical form, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.string({ maxLength: 20 })), (text) => {
        const host = canonicalHost(text);
        if (host !== null) expect(canonicalHost(host)).toBe(host);
      }),
    );
  });
});

describe('a domain rule', () => {
  it.each([
    ['example.com', 'example.com', 443, true],
    ['example.com', 'www.example.com', 443, false],
    ['example.com', 'notexample.com', 443, false],
    ['*.example.com', 'a.b.example.com', 80, true],
    ['*.example.com', 'example.com', 80, false],
    ['*.example.com', 'evilexample.com', 80, false],
    ['*.EXAMPLE.com:8443', 'a.example.com', 8443, true],
    ['*.example.com:8443', 'a.example.com', 443, false],
    ['192.0.2.7', '192.0.2.7', 80, true],
    ['[2001:db8::7]:80', '2001:db8::7', 80, true],
  ])('%s on %s:%i is %s', (text, host, port, matches) => {
    const rule = parseDomainRule(text);
    expect(rule === null ? null : matchesDomainRule(rule, host, port)).toBe(matches);
  });

  it.each([
    '',
    '*',
    '*.com',
    '*.',
    '*.*.com',
    'a.*.com',
    '*.192.0.2.7',
    'http://example.com',
    'example.com/x',
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'a b',
    '10.0.0.0/8',
  ])('is not %j', (text) => expect(parseDomainRule(text)).toBeNull());

  it('names itself and never a sibling', () => {
    fc.assert(
      fc.property(fc.domain(), fc.domain(), fc.integer({ min: 1, max: 65_535 }), (one, other, port) => {
        const exact = parseDomainRule(`${one}:${port}`);
        const below = parseDomainRule(`*.${one}`);
        if (exact === null || below === null) throw new Error(`not a rule: ${one}`);
        expect(matchesDomainRule(exact, one, port)).toBe(true);
        expect(matchesDomainRule(below, `x.${one}`, port)).toBe(true);
        expect(matchesDomainRule(below, `x${one}`, port)).toBe(false);
        if (other !== one && !other.endsWith(`.${one}`)) expect(matchesDomainRule(below, other, port)).toBe(false);
      }),
    );
  });
});

it('a network setting takes only rules', () => {
  expect(network.safeParse({}).success).toBe(true);
  expect(network.safeParse({ allowed_domains: [], denied_domains: ['*.example.com', 'x.test:8080'] }).success).toBe(true);
  for (const wrong of [{ allow: [] }, { allowed_domains: ['*'] }, { denied_domains: ['https://example.com'] }, { allowed_domains: 'x' }])
    expect(network.safeParse(wrong).success).toBe(false);
});
