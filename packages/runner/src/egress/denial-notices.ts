import type { Reporter } from '../reporter.ts';
import type { EgressDecision } from './egress-ledger.ts';
import { TokenBucket } from './token-bucket.ts';

/** The same denial is not told again within this time. */
const SAME_MS = 10 * 60_000;
/** Notices at once, and the time for each further one: the conversation is not the place for a flood, the ledger is. */
const AT_ONCE = 10;
const ONE_EVERY_MS = 60_000;
const REMEMBERED = 1000;

/** Tells the user in the conversation what was denied and what to do about it, each thing once in a while. */
export class DenialNotices {
  readonly #reporter: Pick<Reporter, 'report'>;
  readonly #now: () => number;
  readonly #bucket: TokenBucket;
  readonly #told = new Map<string, number>();
  #silent = false;

  constructor(reporter: Pick<Reporter, 'report'>, now: () => number) {
    this.#reporter = reporter;
    this.#now = now;
    this.#bucket = new TokenBucket(AT_ONCE, ONE_EVERY_MS, now);
  }

  denied({ via, host, port, rule, why }: EgressDecision): void {
    const now = this.#now();
    const key = `${host}:${port} ${rule}`;
    const last = this.#told.get(key);
    if (last !== undefined && now - last < SAME_MS) return;
    if (!this.#bucket.take()) return this.#tellOfMore();
    this.#silent = false;
    this.#told.delete(key);
    this.#told.set(key, now);
    const [oldest] = this.#told.keys();
    if (this.#told.size > REMEMBERED && oldest !== undefined) this.#told.delete(oldest);
    this.#tell({ message: `The session was kept from reaching ${host}:${port}. ${why}`, via, host, port, rule });
  }

  #tellOfMore(): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#tell({
      message: 'The session is being kept from reaching more than is told here. The list is in the egress ledger of the session.',
    });
  }

  #tell(fields: { message: string; via?: string; host?: string; port?: number; rule?: string }): void {
    this.#reporter.report({ kind: 'event', type: 'system', payload: { subtype: 'egress_denied', ...fields } });
  }
}
