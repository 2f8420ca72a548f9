import { type DomainRule, matchesDomainRule, type Network, parseDomainRule } from '@ai-sessions/protocol';
import { addressReach } from './address-reach.ts';
import { namedAddress, namedHost, type OperatorPolicy } from './operator-policy.ts';

/** What one session may reach: what the operator allows, less what the session does without. */
export interface EgressPolicy {
  readonly operator: OperatorPolicy;
  /** Null: all that the operator allows. */
  readonly network: Network | null;
}

export interface Judgement {
  readonly allowed: boolean;
  /** The rule that decided, short and the same for the same cause: it is shown in the ledger. */
  readonly rule: string;
  /** For a refusal: what is wrong and what to do about it. */
  readonly why: string;
}

/** A host that may be asked for; its addresses are still to be judged. */
export interface HostJudgement extends Judgement {
  /** The operator has named the host or its address: it may be private. */
  readonly named: boolean;
}

/** Below this, a port is a service of the system: only the web's may be reached unless the operator names another. */
const FIRST_FREE_PORT = 1024;
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/**
 * Whether the session may ask for this host and port. What denies goes first: the operator's `off`, the session's `denied_domains`,
 * the session's `allowed_domains` where it has them, the operator's list, the port.
 * @param host as `canonicalHost` gives it
 */
export function judgeHost(policy: EgressPolicy, host: string, port: number): HostJudgement {
  const { operator, network } = policy;
  const where = `${host}:${port}`;
  if (operator.mode === 'off') return refuse('off', 'The operator of this server lets sessions reach nothing (AI_SESSIONS_EGRESS=off).');

  const denied = findRule(network?.denied_domains, host, port);
  if (denied !== undefined) return refuse(`denied_domains: ${denied}`, `${where} is in the session's denied_domains (${denied}).`);

  const allowed = findRule(network?.allowed_domains, host, port);
  if (network?.allowed_domains !== undefined && allowed === undefined) {
    return refuse(
      'allowed_domains',
      `${where} is not in the session's allowed_domains. Add ${host} to "network" in the profile, for a new session.`,
    );
  }
  const entry = namedHost(operator, host, port);
  if (entry !== undefined) return { allowed: true, rule: `operator: ${entry}`, why: '', named: true };
  if (operator.mode === 'allowlist' && allowed === undefined) {
    return refuse(
      'allowlist',
      `This server lets sessions reach only what is named. Add ${host} to allowed_domains of "network" in the profile, for a new session.`,
    );
  }
  if (port < FIRST_FREE_PORT && !WEB_PORTS.has(port)) {
    return refuse(
      'port',
      `Port ${port} is closed: sessions reach 80, 443 and those from ${FIRST_FREE_PORT} on. The operator can open it: AI_SESSIONS_EGRESS_ALLOW=${where}`,
    );
  }
  return { allowed: true, rule: allowed === undefined ? 'open' : `allowed_domains: ${allowed}`, why: '', named: false };
}

/**
 * Whether a host that may be asked for may be dialled at this address.
 * @param own this machine's own addresses: what listens on them is no public service
 */
export function judgeAddress(
  policy: EgressPolicy,
  host: HostJudgement,
  address: string,
  port: number,
  own: ReadonlySet<string>,
): Judgement {
  const denied = findRule(policy.network?.denied_domains, address, port);
  if (denied !== undefined)
    return refuse(`denied_domains: ${denied}`, `It resolves to ${address}, which is in the session's denied_domains.`);
  if (namedAddress(policy.operator, address, port) !== undefined) return host;
  const { reach, range } = addressReach(address);
  if (reach === 'public' && !own.has(address)) return host;
  if (reach !== 'special' && host.named) return host;
  const kind = reach === 'public' ? 'this machine' : range;
  return refuse(
    `address: ${kind}`,
    `${address} (${kind}) is not on the public internet. The operator can name it: AI_SESSIONS_EGRESS_ALLOW=${address.includes(':') ? address : `${address}:${port}`}`,
  );
}

function findRule(rules: readonly string[] | undefined, host: string, port: number): string | undefined {
  return rules?.find((text) => {
    const rule: DomainRule | null = parseDomainRule(text);
    return rule !== null && matchesDomainRule(rule, host, port);
  });
}

function refuse(rule: string, why: string): HostJudgement {
  return { allowed: false, rule, why, named: false };
}
