import ipaddr from 'ipaddr.js';

/**
 * How far an address may be reached. `public`: on the internet. `private`: on a network of somebody's own, or on this machine; sessions
 * get there only where the operator names the host or the network. `special`: link-local, multicast, metadata services, transition
 * and reserved ranges; only where the operator names the address itself.
 */
export interface AddressReach {
  readonly reach: 'public' | 'private' | 'special';
  /** What kind of address it is, for people. */
  readonly range: string;
}

const PRIVATE_RANGES: ReadonlySet<string> = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);

/**
 * Services of clouds that give credentials to whoever asks and that lie outside of the link-local range: AWS over IPv6, Alibaba, Azure,
 * Oracle.
 */
const METADATA: ReadonlySet<string> = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']);

/** All that IANA has given out for use on the internet; what ipaddr.js calls unicast is the rest of the address space too. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** @param address an IPv4 address as four decimals, or an IPv6 address; anything else is `special` */
export function addressReach(address: string): AddressReach {
  if (!ipaddr.isValid(address) || !isPlain(address)) return { reach: 'special', range: 'unknown' };
  const parsed = ipaddr.parse(address);
  if (METADATA.has(parsed.toString())) return { reach: 'special', range: 'metadata' };
  const range = parsed.range();
  if (PRIVATE_RANGES.has(range)) return { reach: 'private', range };
  if (range !== 'unicast') return { reach: 'special', range };
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST_V6)) return { reach: 'special', range: 'reserved' };
  return { reach: 'public', range: 'public' };
}

/** A range of addresses, as an operator names it: `10.1.0.0/16`, `fd12::/32`, or one address. */
export class AddressRange {
  readonly text: string;
  readonly #range: [ipaddr.IPv4 | ipaddr.IPv6, number];

  private constructor(text: string, range: [ipaddr.IPv4 | ipaddr.IPv6, number]) {
    this.text = text;
    this.#range = range;
  }

  /** Undefined if it is neither an address nor a range of them. Addresses are four decimals or IPv6: no other notation. */
  static parse(text: string): AddressRange | undefined {
    if (ipaddr.isValidCIDR(text) && isPlain(text)) return new AddressRange(text, ipaddr.parseCIDR(text));
    if (!ipaddr.isValid(text) || !isPlain(text)) return undefined;
    const address = ipaddr.parse(text);
    return new AddressRange(text, [address, address.kind() === 'ipv4' ? 32 : 128]);
  }

  has(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.parse(address);
    const [base, bits] = this.#range;
    return parsed.kind() === base.kind() && parsed.match(base, bits);
  }
}

function isPlain(text: string): boolean {
  if (text.includes('%')) return false;
  return text.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(text.replace(/\/.*/, ''));
}
