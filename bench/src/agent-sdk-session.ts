import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Query, type SDKMessage, type SDKUserMessage, query } from '@anthropic-ai/claude-agent-sdk';
import { epochNow, inTime } from './waiting.ts';

/** As the runner's `launch-options.ts` has it. */
const hiddenTools = [
  'CronCreate',
  'CronDelete',
  'CronList',
  'EnterWorktree',
  'ExitWorktree',
  'ListAgents',
  'Monitor',
  'ScheduleWakeup',
  'SendMessage',
  'Workflow',
];

/**
 * The floor: Claude Code driven through the Agent SDK directly in the bench's own process, with the options and the
 * environment that the runner gives it, the model reached without a gateway, no sandbox, and its own fresh HOME.
 */
export class AgentSdkSession implements AsyncDisposable {
  readonly #folder: string;
  readonly #query: Query;
  readonly #input = new PromptQueue();
  readonly #listeners = new Set<(message: SDKMessage, at: number) => void>();
  readonly #reading: Promise<void>;

  private constructor(folder: string, modelUrl: string) {
    this.#folder = folder;
    const cwd = path.join(folder, 'workspace');
    const home = path.join(folder, 'home');
    mkdirSync(cwd);
    mkdirSync(home);
    this.#query = query({
      prompt: this.#input,
      options: {
        cwd,
        env: environment(home, modelUrl),
        systemPrompt: { type: 'preset', preset: 'claude_code', append: `# Session\nYour workspace is ${cwd}.`, snapshot: false },
        sessionId: randomUUID(),
        settingSources: [],
        strictMcpConfig: true,
        mcpServersDelivery: 'initialize',
        mcpServers: {},
        includePartialMessages: true,
        permissionMode: 'default',
        disallowedTools: hiddenTools,
        canUseTool: (_name, input) => Promise.resolve({ behavior: 'allow', updatedInput: input }),
        hooks: { PreToolUse: [{ hooks: [() => Promise.resolve({})] }] },
      },
    });
    this.#reading = this.#read();
  }

  /** Starts one; `readyMs` from the call of `query()` until it has initialized. */
  static async start(modelUrl: string, signal: AbortSignal): Promise<{ session: AgentSdkSession; readyMs: number }> {
    const folder = mkdtempSync(path.join(tmpdir(), 'ai-sessions-bench-sdk-'));
    const begun = performance.now();
    const session = new AgentSdkSession(folder, modelUrl);
    try {
      await inTime(session.#query.initializationResult(), 'the Agent SDK does not initialize', signal);
      return { session, readyMs: performance.now() - begun };
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  prompt(text: string): void {
    this.#input.push({
      type: 'user',
      uuid: randomUUID(),
      session_id: '',
      parent_tool_use_id: null,
      message: { role: 'user', content: [{ type: 'text', text }] },
    });
  }

  /** Calls the listener with each message and its arrival (epoch ms) until the returned function is called. */
  listen(listener: (message: SDKMessage, at: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The arrival of the next message that fits. To be called before what causes it. */
  arrival(what: string, signal: AbortSignal, fits: (message: SDKMessage) => boolean): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const leave = this.listen((message, at) => {
      if (fits(message)) resolve(at);
    });
    return inTime(promise, `the Agent SDK told no ${what}`, signal).finally(leave);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.end();
    this.#query.close();
    await this.#reading;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }

  async #read(): Promise<void> {
    try {
      for await (const message of this.#query) {
        const at = epochNow();
        for (const listener of this.#listeners) listener(message, at);
      }
    } catch {
      // It was closed; whoever waits for a message runs out of time and says so.
    }
  }
}

/** The text that a partial message adds; undefined of any other message. */
export function textDelta(message: SDKMessage): string | undefined {
  if (message.type !== 'stream_event' || message.event.type !== 'content_block_delta') return undefined;
  return message.event.delta.type === 'text_delta' ? message.event.delta.text : undefined;
}

function environment(home: string, modelUrl: string): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    MCP_TIMEOUT: '5000',
    CLAUDE_CODE_MCP_STARTUP_WAIT_MS: '5000',
    CLAUDE_CODE_MAX_RETRIES: '3',
    HOME: home,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'sk-ant-bench',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    CLAUDE_CODE_TMPDIR: home,
  };
}

/** Prompts for the SDK, fed from outside. */
class PromptQueue implements AsyncIterable<SDKUserMessage> {
  readonly #waiting: SDKUserMessage[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;

  push(message: SDKUserMessage): void {
    this.#waiting.push(message);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SDKUserMessage> {
    while (!this.#ended) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) yield next;
    }
  }
}
