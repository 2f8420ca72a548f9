import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { McpServer, McpTestResult } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import { Egress } from '../egress/egress.ts';
import type { OperatorPolicy } from '../egress/operator-policy.ts';
import { EGRESS_SOCKET, openWayOut } from '../egress/way-out.ts';
import { within } from '../process/within.ts';
import type { Sandbox, SandboxDriver } from '../sandbox/sandbox.ts';
import { parseSandboxLimits } from '../sandbox/sandbox-limits.ts';
import { McpConnection } from './mcp-connection.ts';
import { openTransport, type McpPlace } from './mcp-place.ts';
import { outboundThrough } from './outbound.ts';
import { Redaction } from './redaction.ts';
import type { Tool } from './server-tools.ts';

export interface McpTestsOptions {
  readonly driver: SandboxDriver;
  /** Folder of the tests; each of a program has one of its own in it as long as it runs. */
  readonly folder: string;
  /** What a server may be reached at: the operator's policy, for there is no session yet. */
  readonly egress: OperatorPolicy;
  readonly environment: (home: string, own: Readonly<Record<string, string>>) => Record<string, string>;
  readonly log: Logger;
}

/** Programs such as `npx` fetch what they run first. */
const TEST_MS = { http: 15_000, sse: 15_000, stdio: 40_000 };
const LIMITS = parseSandboxLimits(
  JSON.stringify({ memory_mb: 1024, pids: 128, cpus: 1, workspace_mb: 256, tmp_mb: 128, open_files: 1024 }),
);
const MOST = 20;
const SHOWN_TOOLS = 500;

/** Tries connections to MCP servers that no session has yet: programs in a sandbox of their own, which is thrown away. */
export class McpTests implements AsyncDisposable {
  readonly #options: McpTestsOptions;
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #count = 0;

  /** Removes what an earlier runner left in the folder; its sandboxes have been swept before. */
  constructor(options: McpTestsOptions) {
    this.#options = options;
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true, mode: 0o711 });
  }

  /** Undefined when there is no room for another one now, or the machine cannot make it a sandbox. */
  async run(server: McpServer): Promise<McpTestResult | undefined> {
    if (this.#running.size >= MOST || this.#closing.signal.aborted) return undefined;
    const test = server.type === 'stdio' ? this.#inSandbox(server) : this.#outside(server);
    this.#running.add(test);
    try {
      return await test;
    } catch (error) {
      this.#options.log.error({ err: error }, 'an MCP server could not be tried');
      return undefined;
    } finally {
      this.#running.delete(test);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
    rmSync(this.#options.folder, { recursive: true, force: true });
  }

  async #outside(server: McpServer): Promise<McpTestResult> {
    await using egress = this.#egress();
    const spawn = () => {
      throw new Error('a program needs a sandbox');
    };
    return await this.#connect(server, { outbound: outboundThrough(egress.dispatcher()), workspace: '/workspace', spawn });
  }

  /** Of nobody's ledger. */
  #egress(): Egress {
    const egress = new Egress({ operator: this.#options.egress });
    egress.bind(null, { decided: () => () => {} });
    return egress;
  }

  async #inSandbox(server: McpServer): Promise<McpTestResult> {
    const { driver, folder, environment } = this.#options;
    this.#count += 1;
    const sessionId = `mcp-test-${process.pid}-${this.#count}`;
    const root = join(folder, sessionId);
    await using egress = this.#egress();
    let sandbox: Sandbox | undefined;
    try {
      sandbox = await driver.create({ sessionId, root, limits: LIMITS, proxy: EGRESS_SOCKET });
      await openWayOut(sandbox, egress);
      const { home, workspace } = sandbox.paths;
      const spawn: McpPlace['spawn'] = (command, args, env) => {
        if (sandbox === undefined) throw new Error('the sandbox is gone');
        return sandbox.spawn(command, args, { env: environment(home, env) });
      };
      return await this.#connect(server, { outbound: outboundThrough(egress.dispatcher()), workspace, spawn });
    } finally {
      await sandbox?.kill();
      await rm(root, { recursive: true, force: true });
    }
  }

  async #connect(server: McpServer, place: McpPlace): Promise<McpTestResult> {
    const began = performance.now();
    const redaction = new Redaction(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    await using connection = new McpConnection({
      ...openTransport(server, place),
      attempts: 1,
      workspace: place.workspace,
      onChange: resolve,
      onNotification: () => {},
    });
    this.#closing.signal.addEventListener('abort', () => resolve(), { once: true });
    await within(TEST_MS[server.type], promise);
    const { state, handshake } = connection;
    const duration_ms = Math.round(performance.now() - began);
    if (state.phase === 'connected' && handshake !== undefined) {
      const { name, version } = handshake.serverInfo;
      return redaction.value({
        status: 'connected',
        error: null,
        server: { name: name.slice(0, 200), version: version.slice(0, 100) },
        tools: state.listed.tools.slice(0, SHOWN_TOOLS).map(shown),
        duration_ms,
      });
    }
    const error = state.phase === 'failed' ? redaction.text(state.error) : `No answer within ${TEST_MS[server.type] / 1000} seconds.`;
    return { status: 'failed', error, server: null, tools: [], duration_ms };
  }
}

function shown({ name, description = '' }: Tool): { name: string; description: string } {
  return { name: name.slice(0, 200), description: description.slice(0, 1000) };
}
