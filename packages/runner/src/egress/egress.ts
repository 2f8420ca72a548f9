import { connect, type Socket } from 'node:net';
import type { Network } from '@ai-sessions/protocol';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { within } from '../process/within.ts';
import type { EgressDecision, EgressLedger, EgressVia } from './egress-ledger.ts';
import { type EgressPolicy, type HostJudgement, judgeAddress, judgeHost } from './egress-policy.ts';
import { EgressProxy } from './egress-proxy.ts';
import { ownAddresses, type ResolveHost, resolveHost } from './host-addresses.ts';
import { askedHost, type OperatorPolicy } from './operator-policy.ts';

export interface EgressOptions {
  readonly operator: OperatorPolicy;
  /** For tests: stands in for DNS. */
  readonly resolve?: ResolveHost;
  readonly now?: () => number;
}

/** A way out that is open, or why there is none. `status` is the HTTP status that says the same, `code` what Node calls such an error. */
export type Dialled =
  | { readonly ok: true; readonly socket: Socket }
  | { readonly ok: false; readonly status: 403 | 502 | 503 | 504; readonly code: string; readonly why: string };

interface Binding {
  readonly policy: EgressPolicy;
  readonly ledger: EgressLedger;
}

/** Of a text that is no host, what is shown. */
const MAX_SHOWN = 300;
/** Connections a session may have at a time, those being made included. */
const MAX_CONNECTIONS = 256;
const RESOLVE_MS = 10_000;
const CONNECT_MS = 8000;
/** A peer that is gone without a word is found out by TCP's own probes. */
const KEEP_ALIVE_MS = 60_000;
/** A program's connection on which nothing moves is dropped. */
const IDLE_MS = 10 * 60_000;

/**
 * A session's one way out to the network: what is to be reached is judged, resolved and dialled here, outside of the sandbox, and each
 * decision goes into the ledger. Made with the sandbox, before it is known whom it serves; until `bind` it refuses everything.
 */
export class Egress implements AsyncDisposable {
  readonly #operator: OperatorPolicy;
  readonly #resolve: ResolveHost;
  readonly #now: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #proxies: EgressProxy[] = [];
  readonly #agents: Agent[] = [];
  readonly #closing = new AbortController();
  #dialling = 0;
  #binding: Binding | undefined;

  constructor({ operator, resolve = resolveHost, now = () => Date.now() }: EgressOptions) {
    this.#operator = operator;
    this.#resolve = resolve;
    this.#now = now;
  }

  /** Says whom it serves from now on. @param network the session's own policy, null for the operator's alone */
  bind(network: Network | null, ledger: EgressLedger): void {
    this.#binding = { policy: { operator: this.#operator, network }, ledger };
  }

  /**
   * Opens a TCP connection to a host, if the session may reach it. The address that is judged is the address that is dialled: a name
   * that resolves to something else a moment later changes nothing. Never throws.
   * @param asked as the program wrote it: a name or an address
   */
  async dial(asked: string, port: number, via: EgressVia): Promise<Dialled> {
    const binding = this.#binding;
    if (binding === undefined || this.#closing.signal.aborted) return failure(503, 'EGRESS_CLOSED', 'The session has no way out now.');
    const refuse = (rule: string, why: string) => {
      const what = { host: asked.slice(0, MAX_SHOWN), port: isPort(port) ? port : 0, address: null };
      binding.ledger.decided({ at: this.#now(), via, ...what, allowed: false, rule, why });
      return rule === 'malformed' ? failure(403, 'EGRESS_DENIED', why) : failure(503, 'EGRESS_CLOSED', why);
    };
    const host = askedHost(asked);
    if (host === undefined || !isPort(port)) return refuse('malformed', 'That is no host and port that could be reached.');
    if (this.#sockets.size + this.#dialling >= MAX_CONNECTIONS) {
      return refuse('connections', `The session has ${MAX_CONNECTIONS} connections open, the most there may be.`);
    }
    this.#dialling += 1;
    try {
      return await this.#dial(binding, host, port, via);
    } finally {
      this.#dialling -= 1;
    }
  }

  /** For `fetch` and undici in the runner, on behalf of the session: the same policy, the same ledger. Closed with this. */
  dispatcher(via: EgressVia = 'mcp'): Dispatcher {
    const secure = buildConnector({ timeout: CONNECT_MS });
    const open = async (options: buildConnector.Options, callback: buildConnector.Callback) => {
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
      const dialled = await this.dial(options.hostname, port, via);
      if (!dialled.ok) callback(new EgressError(dialled), null);
      else if (options.protocol === 'https:') secure({ ...options, httpSocket: dialled.socket }, callback);
      else callback(null, dialled.socket);
    };
    // No timeout but for connecting: a tool call may take hours, and its stream be silent all the while.
    const agent = new Agent({ connect: (options, callback) => void open(options, callback), headersTimeout: 0, bodyTimeout: 0 });
    this.#agents.push(agent);
    return agent;
  }

  /** Serves as an HTTP proxy on a unix socket. Only the socket's owner may connect. */
  async listen(socketPath: string): Promise<void> {
    this.#proxies.push(await EgressProxy.listen(socketPath, (host, port) => this.dial(host, port, 'sandbox')));
  }

  /** Ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    // How each went on has been told when this resolves.
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
    await Promise.all([...this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()), ...this.#agents.map((agent) => agent.destroy())]);
  }

  async #dial({ policy, ledger }: Binding, host: string, port: number, via: EgressVia): Promise<Dialled> {
    const at = this.#now();
    const decide = (judgement: { allowed: boolean; rule: string; why: string }, address: string | null) => {
      const { allowed, rule, why } = judgement;
      return ledger.decided({ at, via, host, port, address, allowed, rule, why } satisfies EgressDecision);
    };
    const judged = judgeHost(policy, host, port);
    if (!judged.allowed) {
      decide(judged, null);
      return failure(403, 'EGRESS_DENIED', judged.why);
    }
    const { permitted, refused } = await this.#addresses(policy, judged, host, port);
    const [first] = permitted;
    if (first === undefined && refused !== undefined) {
      decide(refused.judgement, refused.address);
      return failure(403, 'EGRESS_DENIED', refused.judgement.why);
    }
    const began = performance.now();
    const failed = (error: string) => ({ bytesUp: 0, bytesDown: 0, durationMs: Math.round(performance.now() - began), error });
    if (first === undefined) {
      decide(judged, null)(failed('not resolved'));
      return failure(502, 'ENOTFOUND', `There is no address for ${host}.`);
    }
    let error = '';
    for (const address of permitted) {
      // In the ledger before a byte flows: a runner that is killed has told of it.
      const ended = decide(judged, address);
      const opened = await this.#open(address, port, via === 'mcp' ? 0 : IDLE_MS);
      if (typeof opened !== 'string') {
        const { socket } = opened;
        socket.once('close', () => ended({ ...failed(''), bytesUp: socket.bytesWritten, bytesDown: socket.bytesRead, error: null }));
        return { ok: true, socket };
      }
      error = opened;
      ended(failed(error));
    }
    const late = error === 'timed out';
    return failure(late ? 504 : 502, late ? 'UND_ERR_CONNECT_TIMEOUT' : error, `${host}:${port} could not be reached: ${error}.`);
  }

  /** The host's addresses that may be dialled, and why the first of the others may not. */
  async #addresses(policy: EgressPolicy, judged: HostJudgement, host: string, port: number) {
    const own = ownAddresses();
    const addresses = (await within(RESOLVE_MS, this.#resolve(host, judged.named))) ?? [];
    const permitted: string[] = [];
    let refused: { address: string; judgement: { allowed: boolean; rule: string; why: string } } | undefined;
    for (const address of addresses) {
      const judgement = judgeAddress(policy, judged, address, port, own);
      if (judgement.allowed) permitted.push(address);
      else refused ??= { address, judgement };
    }
    return { permitted, refused };
  }

  #open(address: string, port: number, idleMs: number): Promise<{ socket: Socket } | string> {
    const { promise, resolve } = Promise.withResolvers<{ socket: Socket } | string>();
    // An address, never a name: nothing is resolved again. A side that has said all may still listen to the other.
    const socket = connect({ host: address, port, allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    this.#sockets.add(socket);
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('timed out')));
    const onError = (error: Error) => resolve('code' in error ? String(error.code) : error.message);
    socket.on('error', onError);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      resolve('closed');
    });
    socket.once('connect', () => {
      socket.setTimeout(idleMs);
      resolve({ socket });
    });
    if (this.#closing.signal.aborted) socket.destroy();
    return promise;
  }
}

/** What a `fetch` through the dispatcher fails with (as its `cause`) where the session may not go; the message is for people. */
export class EgressError extends Error {
  readonly code: string;

  constructor({ code, why }: Extract<Dialled, { ok: false }>) {
    super(why);
    this.code = code;
  }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function failure(status: 403 | 502 | 503 | 504, code: string, why: string): Dialled {
  return { ok: false, status, code, why };
}
