import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * The addresses of a host, in the order in which to try them; none if it has none. Never throws.
 * @param named the operator names this host: the machine's own ways of resolving count (hosts file, search domains), else DNS alone
 */
export type ResolveHost = (host: string, named: boolean) => Promise<string[]>;

const DNS_MS = 3000;
const DNS_TRIES = 2;
const MOST_ADDRESSES = 8;

/**
 * Resolves outside of the sandbox. A session's names are asked for without the thread pool that `lookup` uses: names whose servers never
 * answer would else hold up those of all other sessions.
 */
export const resolveHost: ResolveHost = async (host, named) => {
  if (isIP(host) !== 0) return [host];
  if (named) return (await none(lookup(host, { all: true, order: 'ipv4first' }))).map(({ address }) => address).slice(0, MOST_ADDRESSES);
  const resolver = new Resolver({ timeout: DNS_MS, tries: DNS_TRIES });
  const [four, six] = await Promise.all([none(resolver.resolve4(host)), none(resolver.resolve6(host))]);
  return [...four.slice(0, MOST_ADDRESSES / 2), ...six.slice(0, MOST_ADDRESSES / 2)];
};

/** This machine's own addresses, as they are now. */
export function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []));
}

function none<T>(addresses: Promise<T[]>): Promise<T[]> {
  return addresses.catch(() => []);
}
