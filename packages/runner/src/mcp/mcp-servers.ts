import type { McpServer, McpServerStatus } from '@ai-sessions/protocol';
import type { McpServerConfig } from '@anthropic-ai/claude-agent-sdk';
import { McpBridge } from './mcp-bridge.ts';
import { McpConnection } from './mcp-connection.ts';
import { type McpPlace, openTransport } from './mcp-place.ts';
import { Redaction } from './redaction.ts';

export interface McpServersOptions {
  readonly servers: Readonly<Record<string, McpServer>>;
  readonly place: McpPlace;
  /** How all servers are now, once that is known of each or the first turn waits no longer, and at every change from then on. */
  readonly onStatus: (servers: McpServerStatus[], message: string) => void;
}

/** Gives Claude Code its servers anew: the Agent SDK's `setMcpServers`. */
export type SetServers = (servers: Record<string, McpServerConfig>) => Promise<unknown>;

/** How long the first turn waits for servers that do not answer, in milliseconds, from when the session is brought up. */
export const PATIENCE_MS = 4000;
/** A server on its way out and in again at once is no news. */
const SETTLE_MS = 300;

interface Entry {
  readonly name: string;
  readonly connection: McpConnection;
  readonly bridge: McpBridge;
  readonly redaction: Redaction;
}

/**
 * The MCP servers of one incarnation of a session. The runner connects to them itself, to programs in the sandbox as well
 * as to hosts outside, and gives Claude Code one in its own process for each: inside the sandbox there is no header, no
 * variable and no address of theirs.
 */
export class McpServers implements AsyncDisposable {
  readonly #options: McpServersOptions;
  readonly #entries: readonly Entry[];
  readonly #patience: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #patient = true;
  #waiting: (() => void)[] = [];
  #set: SetServers | undefined;
  #setting: Promise<unknown> = Promise.resolve();
  #told = '';
  #telling: NodeJS.Timeout | undefined;

  constructor(options: McpServersOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#patience = promise;
    this.#timer = setTimeout(() => {
      this.#patient = false;
      resolve();
      this.#changed();
    }, PATIENCE_MS);
    this.#entries = Object.entries(options.servers).map(([name, server]) => this.#entry(name, server));
    if (this.#entries.length === 0) clearTimeout(this.#timer);
  }

  get statuses(): McpServerStatus[] {
    return this.#entries.map(({ name, connection: { state }, redaction }) => ({
      name,
      status: state.phase === 'connecting' ? 'pending' : state.phase,
      error: state.phase === 'failed' ? redaction.text(state.error) : null,
    }));
  }

  /** As the Agent SDK takes them, in `mcpServers` and in `setMcpServers()` alike; `without` leaves one out. */
  forClaude(without?: string): Record<string, McpServerConfig> {
    return Object.fromEntries(
      this.#entries
        .filter(({ name }) => name !== without)
        // Of its instance the Agent SDK calls nothing but connect().
        .map(({ name, bridge }) => [name, { type: 'sdk', name, instance: bridge as never }]),
    );
  }

  /** Tells how the Claude Code that now runs is given servers which come late; undefined: there is none. */
  serve(set: SetServers | undefined): void {
    this.#set = set;
  }

  /** Ends all connections and programs. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    await Promise.all(this.#entries.map(({ connection }) => connection[Symbol.asyncDispose]()));
  }

  #entry(name: string, server: McpServer): Entry {
    const { place } = this.#options;
    const redaction = new Redaction(server);
    const connection: McpConnection = new McpConnection({
      ...openTransport(server, place),
      workspace: place.workspace,
      onChange: () => queueMicrotask(() => this.#changed()),
      onNotification: (notification) => bridge.notified(notification),
    });
    const bridge: McpBridge = new McpBridge({ connection, redaction, settled: () => this.#settled(connection) });
    return { name, connection, bridge, redaction };
  }

  /** Until it is connected or has failed, or nobody waits for servers any longer. */
  async #settled(connection: McpConnection): Promise<void> {
    while (this.#patient && connection.state.phase === 'connecting') {
      const changed = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await Promise.race([changed, this.#patience]);
    }
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    for (const entry of this.#entries) if (isLate(entry)) this.#setting = this.#setting.then(() => this.#setAgain(entry));
    this.#telling ??= setTimeout(() => this.#tell(), SETTLE_MS);
  }

  /** Claude Code asks a server that it has given up for again at its next turn only, unless it is taken away and given anew. */
  async #setAgain(entry: Entry): Promise<void> {
    const set = this.#set;
    if (set === undefined || !isLate(entry)) return;
    try {
      await set(this.forClaude(entry.name));
      await set(this.forClaude());
    } catch {
      // It has ended: the next one asks for all of them.
    }
  }

  #tell(): void {
    this.#telling = undefined;
    const statuses = this.statuses;
    if (this.#patient && this.#told === '' && statuses.some(({ status }) => status === 'pending')) return;
    const told = JSON.stringify(statuses);
    if (told === this.#told) return;
    const before = this.#told === '' ? [] : (JSON.parse(this.#told) as McpServerStatus[]);
    this.#told = told;
    const news = statuses.filter((now, index) => JSON.stringify(now) !== JSON.stringify(before[index]));
    this.#options.onStatus(statuses, news.map(statusText).join(' '));
  }
}

/** It is there now, and Claude Code was told that it is not. */
function isLate({ bridge, connection }: Entry): boolean {
  return bridge.missed && connection.state.phase === 'connected';
}

function statusText({ name, status, error }: McpServerStatus): string {
  switch (status) {
    case 'connected':
      return `The MCP server ${name} is connected.`;
    case 'pending':
      return `The MCP server ${name} has not answered yet; its tools come when it does.`;
    case 'failed':
      return `The MCP server ${name} cannot be used: ${error ?? ''}`;
    default: {
      const unreachable: never = status;
      return unreachable;
    }
  }
}
