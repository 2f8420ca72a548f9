import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type Implementation,
  ListRootsRequestSchema,
  type Notification,
  type Progress,
  type Result,
  ResultSchema,
  type ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js';
import { connectFailure, httpStatus, isLost, wasNotSent } from './connect-failure.ts';
import { ListChanges } from './list-changes.ts';
import { listTools, type ServerTools } from './server-tools.ts';

export interface McpConnectionOptions {
  /** A new way to the server, for each attempt. */
  readonly open: () => Transport;
  /** How long the server may take to answer the handshake and to list its tools, in milliseconds. */
  readonly handshakeMs: number;
  /** Attempts in a row, after which it waits to be asked for. */
  readonly attempts: number;
  /** Inside path of the workspace, for servers that ask which folders they may use. */
  readonly workspace: string;
  readonly onChange: () => void;
  readonly onNotification: (notification: Notification) => void;
}

export type ConnectionState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'connected'; readonly client: Client; readonly listed: ServerTools }
  /** `error` may hold secrets. */
  | { readonly phase: 'failed'; readonly error: string };

export interface Handshake {
  readonly capabilities: ServerCapabilities;
  readonly serverInfo: Implementation;
  readonly instructions?: string;
}

const IDENTITY = { name: 'ai-sessions', version: '1' };
const PAUSES_MS = [500, 1000, 2000, 5000, 10_000, 20_000, 40_000, 60_000];
/** A connection that held for this long begins anew with short pauses. */
const STEADY_MS = 60_000;
const BRIEF_MS = 2000;
/** No limit of ours for a call: Claude Code, the user and the watchdog end it. */
const NO_TIMEOUT = 0x7fff_ffff;
/** How long a call waits for a connection that is being made. */
const CALL_PATIENCE_MS = 10_000;
const TOOLS_CHANGED = 'notifications/tools/list_changed';

/** A connection to one MCP server that is made again whenever it is lost. */
export class McpConnection implements AsyncDisposable {
  readonly #options: McpConnectionOptions;
  readonly #closing = new AbortController();
  readonly #gone: Promise<void>;
  #state: ConnectionState = { phase: 'connecting' };
  #lost: ((why: unknown) => void) | undefined;
  #wake: (() => void) | undefined;
  #failures = 0;
  readonly #watchers = new Set<() => void>();

  constructor(options: McpConnectionOptions) {
    this.#options = options;
    this.#gone = this.#run();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the server said of itself; undefined while it is not connected. */
  get handshake(): Handshake | undefined {
    if (this.#state.phase !== 'connected') return undefined;
    const { client } = this.#state;
    const instructions = client.getInstructions();
    return {
      capabilities: client.getServerCapabilities() ?? {},
      serverInfo: client.getServerVersion() ?? { name: 'unknown', version: '' },
      ...(instructions === undefined ? {} : { instructions }),
    };
  }

  /** Its tools as it listed them last; undefined while it is not connected. */
  get listed(): ServerTools | undefined {
    return this.#state.phase === 'connected' ? this.#state.listed : undefined;
  }

  /** Somebody wants it now: the next attempt is not put off any longer. */
  wake(): void {
    this.#wake?.();
  }

  /**
   * Sends a request and gives the server's result. One that a lost connection has kept from being sent is sent once more
   * when there is a new one. Throws the server's own error (McpError), or what is wrong with the connection.
   */
  async request(
    method: string,
    params: Record<string, unknown> | undefined,
    options: { readonly signal: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ): Promise<Result> {
    const { signal, onProgress } = options;
    const request = { method, ...(params === undefined ? {} : { params }) };
    const ask = async (client: Client) =>
      await client.request(request, ResultSchema, {
        signal,
        timeout: NO_TIMEOUT,
        ...(onProgress === undefined ? {} : { onprogress: onProgress }),
      });
    const client = this.#state.phase === 'connected' ? this.#state.client : await this.#connected(signal);
    try {
      return await ask(client);
    } catch (error) {
      if (!isLost(error) || signal.aborted) throw error;
      this.#lost?.(error);
      if (httpStatus(error) !== 404 && !wasNotSent(error)) throw error;
      return await ask(await this.#connected(signal));
    }
  }

  async notify(method: string, params: Record<string, unknown> | undefined): Promise<void> {
    if (this.#state.phase !== 'connected') return;
    await this.#state.client.notification({ method, ...(params === undefined ? {} : { params }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#lost?.(new Error('closed'));
    this.#wake?.();
    await this.#gone;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const since = performance.now();
      // One that has failed stays so until it is connected: each attempt is no news.
      if (this.#state.phase === 'connected') this.#change({ phase: 'connecting' });
      const { error, connected } = await this.#hold();
      if (signal.aborted) return;
      const held = performance.now() - since;
      if (held > STEADY_MS) this.#failures = 0;
      // A server that was restarted is there again at once; one that drops every connection is given time.
      if (connected && held > BRIEF_MS) continue;
      this.#change({ phase: 'failed', error });
      await this.#pause();
    }
  }

  /** One connection, from its handshake to its end. Returns why it ended, and whether it had been one. */
  async #hold(): Promise<{ error: string; connected: boolean }> {
    const client = new Client(IDENTITY, { capabilities: { roots: {} } });
    const { promise: lost, resolve } = Promise.withResolvers<unknown>();
    this.#lost = resolve;
    const transport = this.#options.open();
    const late = AbortSignal.timeout(this.#options.handshakeMs);
    let met = false;
    try {
      client.setRequestHandler(ListRootsRequestSchema, () => ({
        roots: [{ uri: `file://${encodeURI(this.#options.workspace)}`, name: 'workspace' }],
      }));
      const signal = AbortSignal.any([late, this.#closing.signal]);
      const meeting = async () => {
        await client.connect(transport, { timeout: NO_TIMEOUT, signal });
        met = true;
        return await listTools(client, signal);
      };
      // All of it in the time there is: a transport may wait for ever, and each page of tools would have its own.
      const listed = await Promise.race([meeting(), thrown(lost), abortion(signal)]);
      // As the transports tell it when they give up; what else they tell of is no end.
      client.onerror = (error) => /Maximum reconnection attempts|^SSE error/.test(error.message) && resolve(error);
      client.onclose = () => resolve(new Error('The connection was closed.'));
      const changes = new ListChanges((methods) => this.#listsChanged(client, methods));
      client.fallbackNotificationHandler = async (notification) =>
        isListChange(notification) ? changes.add(notification.method) : this.#options.onNotification(notification);
      this.#change({ phase: 'connected', client, listed });
      return { error: endingOf(transport, await lost), connected: true };
    } catch (error) {
      const silence = met ? 'The server answered, but did not list its tools.' : 'The server did not answer.';
      return { error: late.aborted ? silence : endingOf(transport, error), connected: false };
    } finally {
      this.#lost = undefined;
      client.onclose = () => {};
      await client.close().catch(() => {});
      await transport.close().catch(() => {});
    }
  }

  /** Lists that have changed are asked for before Claude Code hears of it: it is answered from them. */
  async #listsChanged(client: Client, methods: ReadonlySet<string>): Promise<void> {
    const isCurrent = () => this.#state.phase === 'connected' && this.#state.client === client;
    if (methods.has(TOOLS_CHANGED)) {
      const signal = AbortSignal.any([AbortSignal.timeout(this.#options.handshakeMs), this.#closing.signal]);
      const listed = await listTools(client, signal).catch(() => undefined);
      if (listed !== undefined && isCurrent()) this.#state = { phase: 'connected', client, listed };
    }
    if (isCurrent()) for (const method of methods) this.#options.onNotification({ method });
  }

  async #pause(): Promise<void> {
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] ?? 0;
    this.#failures += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#closing.signal.aborted) return;
    const timer = this.#failures >= this.#options.attempts ? undefined : setTimeout(resolve, pause);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #change(state: ConnectionState): void {
    this.#state = state;
    for (const tell of this.#watchers) tell();
    this.#options.onChange();
  }

  /** The client of the next attempt, which begins at once. Throws when that fails, or takes too long. */
  async #connected(signal: AbortSignal): Promise<Client> {
    const before = this.#state;
    const end = AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(Math.min(this.#options.handshakeMs, CALL_PATIENCE_MS))]);
    while (!end.aborted && (this.#state === before || this.#state.phase === 'connecting')) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      end.addEventListener('abort', () => resolve(), { once: true });
      this.wake();
      await promise;
      this.#watchers.delete(resolve);
    }
    if (this.#state.phase === 'connected' && this.#state !== before) return this.#state.client;
    throw new Error(this.#state.phase === 'failed' ? this.#state.error : 'The server does not answer.');
  }
}

function isListChange({ method }: Notification): boolean {
  return /^notifications\/\w+\/list_changed$/.test(method);
}

/** Never resolves: rejects with what the promise brings. */
async function thrown(why: Promise<unknown>): Promise<never> {
  throw await why;
}

function endingOf(transport: Transport, error: unknown): string {
  return 'ending' in transport && typeof transport.ending === 'string' ? transport.ending : connectFailure(error);
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
}
