import {
  ErrorCode,
  McpError,
  type JSONRPCMessage,
  type Notification,
  type Progress,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { connectFailure } from './connect-failure.ts';
import type { McpConnection } from './mcp-connection.ts';
import type { Redaction } from './redaction.ts';

export interface McpBridgeOptions {
  readonly connection: McpConnection;
  readonly redaction: Redaction;
  /** Resolves once the connection is made or has failed, or when Claude Code is not to wait for it any longer. */
  readonly settled: () => Promise<void>;
}

type Request = Extract<JSONRPCMessage, { method: string; id: RequestId }>;
type Params = Record<string, unknown> | undefined;

/**
 * What Claude Code takes for an MCP server in this process (`type: 'sdk'`): hands its requests on to the connection, and
 * to Claude Code what the server says. It answers handshakes itself, for Claude Code makes a new one at each turn while some
 * server is missing, and each of its processes does. A server that is missing gets an error for an answer, at once or after `settled`.
 */
export class McpBridge {
  readonly #options: McpBridgeOptions;
  readonly #calls = new Map<RequestId, AbortController>();
  #claude: Transport | undefined;
  #missed = false;

  constructor(options: McpBridgeOptions) {
    this.#options = options;
  }

  /** Claude Code was told that the server is not there. */
  get missed(): boolean {
    return this.#missed;
  }

  /** Called by the Agent SDK, once for each process of Claude Code, or when the server is set again. */
  async connect(transport: Transport): Promise<void> {
    this.#dropCalls();
    this.#claude = transport;
    this.#missed = false;
    transport.onmessage = (message: JSONRPCMessage) => this.#claude === transport && this.#heard(message);
    transport.onclose = () => {
      if (this.#claude !== transport) return;
      this.#claude = undefined;
      this.#dropCalls();
    };
    await transport.start();
  }

  notified({ method, params }: Notification): void {
    this.#tell({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params: this.#options.redaction.value(params) }) });
  }

  #heard(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) return void this.#answer(message);
    if (message.method === 'notifications/initialized') return;
    if (message.method === 'notifications/cancelled') return this.#calls.get(message.params?.['requestId'] as RequestId)?.abort();
    void this.#options.connection.notify(message.method, message.params).catch(() => {});
  }

  async #answer(request: Request): Promise<void> {
    try {
      const result = await this.#resultOf(request);
      this.#tell({ jsonrpc: '2.0', id: request.id, result: this.#options.redaction.value(result) });
    } catch (error) {
      this.#tell({ jsonrpc: '2.0', id: request.id, error: this.#errorOf(error) });
    }
  }

  async #resultOf({ id, method, params }: Request): Promise<Record<string, unknown>> {
    if (method === 'ping') return {};
    if (method === 'initialize') return await this.#handshake(params);
    const { listed } = this.#options.connection;
    // A turn may wait for it: it is known already, however long the server would take now.
    if (method === 'tools/list' && params?.['cursor'] === undefined && listed?.cut === false) return { tools: listed.tools };
    const call = new AbortController();
    this.#calls.set(id, call);
    try {
      return await this.#options.connection.request(method, params, { signal: call.signal, ...this.#progressOf(params) });
    } finally {
      if (this.#calls.get(id) === call) this.#calls.delete(id);
    }
  }

  async #handshake(params: Params): Promise<Record<string, unknown>> {
    const { connection, settled } = this.#options;
    connection.wake();
    await settled();
    const { handshake, state } = connection;
    if (handshake !== undefined) {
      this.#missed = false;
      return { ...handshake, protocolVersion: params?.['protocolVersion'] };
    }
    this.#missed = true;
    throw new Error(state.phase === 'failed' ? state.error : 'The server has not answered yet.');
  }

  #progressOf(params: Params): { onProgress?: (progress: Progress) => void } {
    const meta = params?.['_meta'];
    const token = typeof meta === 'object' && meta !== null && 'progressToken' in meta ? meta.progressToken : undefined;
    if (token === undefined) return {};
    return { onProgress: (progress) => this.notified({ method: 'notifications/progress', params: { ...progress, progressToken: token } }) };
  }

  #errorOf(error: unknown): { code: number; message: string; data?: unknown } {
    const { redaction } = this.#options;
    if (!(error instanceof McpError)) return { code: ErrorCode.ConnectionClosed, message: redaction.text(connectFailure(error)) };
    const message = redaction.text(error.message.replace(/^MCP error -?\d+: /, ''));
    return { code: error.code, message, ...(error.data === undefined ? {} : { data: redaction.value(error.data) }) };
  }

  #tell(message: JSONRPCMessage): void {
    // It ended, or set the server anew: it wants no answer any more.
    void this.#claude?.send(message).catch(() => {});
  }

  #dropCalls(): void {
    for (const call of this.#calls.values()) call.abort();
    this.#calls.clear();
  }
}
