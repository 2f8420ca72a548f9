import type { McpServer } from '@ai-sessions/protocol';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { type BodyEnd, boundedResponse } from './bounded-body.ts';
import type { Outbound } from './outbound.ts';
import { ReadingPace } from './reading-pace.ts';

export type RemoteServer = Exclude<McpServer, { type: 'stdio' }>;

/** How long what came last on a stream may take to be handled. */
const SETTLE_MS = 1000;
const CLOSE_MS = 2000;
/** Answers to the server's own requests that may be on their way at a time. */
const MOST_ANSWERS = 16;
const RECONNECTION = { initialReconnectionDelay: 500, reconnectionDelayGrowFactor: 2, maxReconnectionDelay: 10_000, maxRetries: 4 };

/**
 * The way to an MCP server over streamable HTTP or SSE, from the runner: the headers are added here, outside of the sandbox.
 * A request whose answer stream breaks off gets an error for an answer, where the SDK's transport leaves it open for good.
 */
export class RemoteTransport implements Transport {
  readonly #inner: StreamableHTTPClientTransport | SSEClientTransport;
  /** Requests without an answer yet. */
  readonly #open = new Set<RequestId>();
  #answers = 0;
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  setProtocolVersion: (version: string) => void;

  constructor(server: RemoteServer, outbound: Outbound) {
    const url = new URL(server.url);
    const pace = new ReadingPace();
    const options = {
      requestInit: { headers: server.headers ?? {} },
      fetch: async (target: string | URL, init?: RequestInit) => {
        const asked = init?.method === 'POST' ? requestId(init.body) : undefined;
        const response = await outbound(target, init);
        const onEnd = ({ resumable }: BodyEnd) => asked !== undefined && !resumable && this.#streamEnded(asked);
        return boundedResponse(response, { pace, onEnd });
      },
    };
    const inner =
      server.type === 'http'
        ? new StreamableHTTPClientTransport(url, { ...options, reconnectionOptions: RECONNECTION })
        : new SSEClientTransport(url, options);
    inner.onmessage = (message: JSONRPCMessage) => this.#received(message);
    inner.onclose = () => this.onclose?.();
    inner.onerror = (error: Error) => this.onerror?.(error);
    this.setProtocolVersion = (version) => inner.setProtocolVersion(version);
    this.#inner = inner;
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message) {
      if ('id' in message) this.#open.add(message.id);
      return await this.#inner.send(message);
    }
    // An answer to the server, which may ask without end and take none of them.
    if (this.#answers >= MOST_ANSWERS) return;
    this.#answers += 1;
    try {
      await this.#inner.send(message);
    } finally {
      this.#answers -= 1;
    }
  }

  /** Tells the server, where it keeps a session, that it is over. */
  async close(): Promise<void> {
    if (this.#inner instanceof StreamableHTTPClientTransport) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
      await Promise.race([this.#inner.terminateSession().catch(() => {}), late]);
      clearTimeout(timer);
    }
    await this.#inner.close();
  }

  #received(message: JSONRPCMessage): void {
    if (!('method' in message) && message.id !== undefined) this.#open.delete(message.id);
    this.onmessage?.(message);
  }

  /** Over SSE an answer comes on another stream than the one that its request opened. */
  #streamEnded(id: RequestId): void {
    if (this.#inner instanceof SSEClientTransport || !this.#open.has(id)) return;
    setTimeout(() => {
      if (!this.#open.has(id)) return;
      const error = { code: -32_000, message: 'The connection to the MCP server broke off before its answer.' };
      this.#received({ jsonrpc: '2.0', id, error });
    }, SETTLE_MS).unref();
  }
}

function requestId(body: unknown): RequestId | undefined {
  if (typeof body !== 'string') return undefined;
  const { id, method } = JSON.parse(body) as { id?: RequestId; method?: string };
  return method === undefined ? undefined : id;
}
