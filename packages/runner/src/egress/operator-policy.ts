import { canonicalHost, type DomainRule, matchesDomainRule, parseDomainRule } from '@ai-sessions/protocol';
import { AddressRange } from './address-reach.ts';

/** What the operator lets every session reach. */
export interface OperatorPolicy {
  /** `open`: the public internet. `allowlist`: what sessions and the operator name. `off`: nothing. */
  readonly mode: 'open' | 'allowlist' | 'off';
  /** Hosts, and ranges of addresses, that may be reached although they are private. */
  readonly hosts: readonly (DomainRule & { readonly text: string })[];
  readonly ranges: readonly { readonly range: AddressRange; readonly port: number | null }[];
}

/**
 * Reads `AI_SESSIONS_EGRESS_ALLOW`: `host[:port]`, `*.domain[:port]`, addresses and CIDR ranges, with commas between.
 * @param problems gets a sentence for each entry that is none of these
 */
export function readOperatorPolicy(mode: OperatorPolicy['mode'], allow: string | undefined, problems: string[]): OperatorPolicy {
  const hosts: (DomainRule & { text: string })[] = [];
  const ranges: { range: AddressRange; port: number | null }[] = [];
  for (const text of (allow ?? '').split(',').map((entry) => entry.trim())) {
    if (text === '') continue;
    const range = AddressRange.parse(text);
    const rule = range === undefined ? parseDomainRule(text) : null;
    const single = rule === null || rule.subdomains ? undefined : AddressRange.parse(rule.host);
    if (range !== undefined) ranges.push({ range, port: null });
    else if (single !== undefined && rule !== null) ranges.push({ range: single, port: rule.port });
    else if (rule !== null) hosts.push({ ...rule, text });
    else problems.push(`AI_SESSIONS_EGRESS_ALLOW: ${text}: write host, host:port, *.domain, an address or a range such as 10.1.0.0/16`);
  }
  return { mode, hosts, ranges };
}

/** The operator's entry that names this host and port; undefined if there is none. */
export function namedHost(policy: OperatorPolicy, host: string, port: number): string | undefined {
  return policy.hosts.find((rule) => matchesDomainRule(rule, host, port))?.text ?? namedAddress(policy, host, port);
}

/** The operator's range that has this address; undefined if there is none. */
export function namedAddress(policy: OperatorPolicy, address: string, port: number): string | undefined {
  return policy.ranges.find(({ range, port: only }) => (only === null || only === port) && range.has(address))?.range.text;
}

/** The one spelling of a host that a program asked for; undefined for what is none. */
export function askedHost(text: string): string | undefined {
  return canonicalHost(text) ?? undefined;
}
