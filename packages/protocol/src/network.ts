import { z } from 'zod';
import { fixedLimits } from './limits.ts';

/** A host, or all that lies below a domain; with a port, on that port alone. */
export interface DomainRule {
  /** As `canonicalHost` gives it. */
  readonly host: string;
  /** True: every name below `host`, at any depth, and not `host` itself. */
  readonly subdomains: boolean;
  readonly port: number | null;
}

/**
 * The one spelling of a host: lower case, international names in their ASCII form, no dot at the end, IPv4 addresses in any
 * notation as four decimals, IPv6 addresses shortest and without brackets. Null for what is no host.
 * The rules are the URL standard's, which browsers and HTTP clients follow.
 */
export function canonicalHost(text: string): string | null {
  const bare = text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
  if (bare.length > 255 || !/^[^\s/?#@\\:%]+$|^\[[0-9a-fA-F:.]+\]$/.test(bare)) return null;
  const url = URL.parse(`http://${bare}/`);
  const host = url?.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '') ?? '';
  return host === '' || host.endsWith('.') ? null : host;
}

/** Reads `example.com`, `*.example.com`, `192.0.2.7`, `[2001:db8::7]`, each with an optional `:port`. Null for anything else. */
export function parseDomainRule(text: string): DomainRule | null {
  const [, wildcard, name = '', digits] = /^(\*\.)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = canonicalHost(name);
  const port = digits === undefined ? null : Number(digits);
  if (host === null || host.includes('*') || (port !== null && (port < 1 || port > 65_535))) return null;
  const subdomains = wildcard !== undefined;
  // `*.com` would be nearly everything, and below an address there is nothing.
  if (subdomains && (!host.includes('.') || isAddress(host))) return null;
  return { host, subdomains, port };
}

/** @param host as `canonicalHost` gives it */
export function matchesDomainRule(rule: DomainRule, host: string, port: number): boolean {
  if (rule.port !== null && rule.port !== port) return false;
  return rule.subdomains ? host.endsWith(`.${rule.host}`) : host === rule.host;
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}

const domainRule = z
  .string()
  .trim()
  .max(300)
  .refine(
    (text) => parseDomainRule(text) !== null,
    'a host (example.com), all below one (*.example.com) or an address, each with an optional :port',
  );
const domainRules = z.array(domainRule).max(fixedLimits.domainRules);

/**
 * What a session may reach of what the operator lets sessions reach; it can only be less. `allowed_domains`: nothing else; absent:
 * all of it. `denied_domains`: not these, whatever else is said.
 */
export const network = z
  .strictObject({ allowed_domains: domainRules.optional(), denied_domains: domainRules.optional() })
  .meta({ id: 'Network' });
export type Network = z.infer<typeof network>;
