import type { Network } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EgressPolicy, judgeAddress, judgeHost } from './egress-policy.ts';
import { readOperatorPolicy } from './operator-policy.ts';

const none: ReadonlySet<string> = new Set();
const policy = (mode: 'open' | 'allowlist' | 'off', network: Network | null = null, allow = ''): EgressPolicy => ({
  operator: readOperatorPolicy(mode, allow, []),
  network,
});

describe('judgeHost', () => {
  it.each<[string, EgressPolicy, string, number, boolean, string]>([
    ['open', policy('open'), 'example.com', 443, true, 'open'],
    ['off', policy('off', { allowed_domains: ['example.com'] }, 'example.com'), 'example.com', 443, false, 'off'],
    ['a list, none named', policy('allowlist'), 'example.com', 443, false, 'allowlist'],
    [
      'a list, named by the session',
      policy('allowlist', { allowed_domains: ['*.example.com'] }),
      'a.example.com',
      443,
      true,
      'allowed_domains: *.example.com',
    ],
    ['a list, named by the operator', policy('allowlist', null, 'mcp.internal'), 'mcp.internal', 22, true, 'operator: mcp.internal'],
    ['not in the session’s list', policy('open', { allowed_domains: ['a.test'] }), 'b.test', 443, false, 'allowed_domains'],
    ['an empty list', policy('open', { allowed_domains: [] }), 'b.test', 443, false, 'allowed_domains'],
    [
      'the session does without what the operator names',
      policy('open', { allowed_domains: ['a.test'] }, 'b.test'),
      'b.test',
      443,
      false,
      'allowed_domains',
    ],
    [
      'deny wins over allow',
      policy('open', { allowed_domains: ['a.test'], denied_domains: ['a.test'] }),
      'a.test',
      443,
      false,
      'denied_domains: a.test',
    ],
    [
      'deny wins over the operator',
      policy('open', { denied_domains: ['*.b.test'] }, 'a.b.test'),
      'a.b.test',
      443,
      false,
      'denied_domains: *.b.test',
    ],
    ['a port of the system', policy('open'), 'mail.test', 25, false, 'port'],
    ['a session opens no port', policy('open', { allowed_domains: ['mail.test:25'] }), 'mail.test', 25, false, 'port'],
    ['the operator opens one', policy('open', null, 'git.test:22'), 'git.test', 22, true, 'operator: git.test:22'],
    ['and no other', policy('open', null, 'git.test:22'), 'git.test', 25, false, 'port'],
    ['a free port', policy('open'), 'example.com', 8443, true, 'open'],
  ])('%s', (_, given, host, port, allowed, rule) => expect(judgeHost(given, host, port)).toMatchObject({ allowed, rule }));

  it('never lets a session reach more than without its own settings, where everything is open or off', () => {
    const rules = fc.uniqueArray(fc.constantFrom('a.test', '*.b.test', 'c.test:8080', '10.0.0.1', 'mail.test:25'));
    const networks = fc.record({ allowed_domains: rules, denied_domains: rules }, { requiredKeys: [] });
    const hosts = fc.constantFrom('a.test', 'x.b.test', 'c.test', '10.0.0.1', 'mail.test', 'other.test');
    fc.assert(
      fc.property(
        networks,
        hosts,
        fc.constantFrom(25, 80, 443, 8080),
        fc.constantFrom<'open' | 'off'>('open', 'off'),
        (network, host, port, mode) => {
          const without = judgeHost(policy(mode, null, 'a.test'), host, port);
          const own = judgeHost(policy(mode, network, 'a.test'), host, port);
          if (own.allowed) expect(without.allowed).toBe(true);
          if (own.named) expect(without.named).toBe(true);
        },
      ),
    );
  });
});

describe('judgeAddress', () => {
  const judge = (given: EgressPolicy, host: string, address: string, port = 443, own = none) =>
    judgeAddress(given, judgeHost(given, host, port), address, port, own);

  it.each<[string, EgressPolicy, string, string, boolean]>([
    ['public', policy('open'), 'a.test', '8.8.8.8', true],
    ['private', policy('open'), 'a.test', '10.0.0.1', false],
    ['private, and named by the session only', policy('open', { allowed_domains: ['a.test'] }), 'a.test', '10.0.0.1', false],
    ['private, the host named', policy('open', null, 'a.test'), 'a.test', '10.0.0.1', true],
    ['private, the range named', policy('open', null, '10.0.0.0/8'), 'a.test', '10.0.0.1', true],
    ['loopback, the host named', policy('open', null, 'a.test'), 'a.test', '127.0.0.1', true],
    ['metadata, the host named', policy('open', null, 'a.test'), 'a.test', '169.254.169.254', false],
    ['metadata, the address named', policy('open', null, '169.254.169.254'), 'a.test', '169.254.169.254', true],
    ['an address that is denied under another name', policy('open', { denied_domains: ['8.8.8.8'] }), 'a.test', '8.8.8.8', false],
  ])('%s', (_, given, host, address, allowed) => expect(judge(given, host, address).allowed).toBe(allowed));

  it('keeps this machine’s public address closed', () => {
    const own = new Set(['8.8.4.4']);
    expect(judge(policy('open'), 'a.test', '8.8.4.4', 443, own)).toMatchObject({ allowed: false, rule: 'address: this machine' });
    expect(judge(policy('open', null, 'a.test'), 'a.test', '8.8.4.4', 443, own).allowed).toBe(true);
  });
});

it('an operator’s list is read as it is meant, or its faults are said', () => {
  const problems: string[] = [];
  const read = readOperatorPolicy('open', ' mcp.internal , 10.1.0.0/16,127.0.0.1:8000, *.corp.test:8443, [fd00::1]:80 ,', problems);
  expect(problems).toEqual([]);
  expect(read.hosts.map(({ text }) => text)).toEqual(['mcp.internal', '*.corp.test:8443']);
  expect(read.ranges.map(({ range, port }) => [range.text, port])).toEqual([
    ['10.1.0.0/16', null],
    ['127.0.0.1', 8000],
    ['fd00::1', 80],
  ]);
  readOperatorPolicy('open', 'http://x.test,*,10.0.0.0/40,a b', problems);
  expect(problems).toHaveLength(4);
});
