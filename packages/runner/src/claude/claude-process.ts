import {
  type McpServerConfig,
  type Options,
  type Query,
  query,
  type SDKMessage,
  type SDKUserMessage,
} from '@anthropic-ai/claude-agent-sdk';
import type { ExitOutcome } from '../process/exit-outcome.ts';
import { within } from '../process/within.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import { InputQueue } from './input-queue.ts';
import type { uuidFor } from './prompt-uuid.ts';

export interface ClaudeProcessOptions {
  /** All but the way it is spawned. */
  readonly options: Omit<Options, 'spawnClaudeCodeProcess'>;
  readonly spawn: (command: string, args: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal) => SandboxProcess;
  /** Each message in order, as soon as it has been read. A promise makes the next one wait: Claude Code itself then waits, once its pipe is full. */
  readonly onMessage: (message: SDKMessage) => Promise<void> | undefined;
  /** Once, after the last message. */
  readonly onEnd: (outcome: ExitOutcome) => void;
}

/** Undeclared parts of the SDK's Query, and of its answer to `initialize`. */
interface RawRequests {
  readonly request?: (request: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

/** Above what a start takes on a machine that is starting many at once. */
const INIT_TIMEOUT_MS = 60_000;
const WARM_UP_TIMEOUT_MS = 30_000;
/** What takes longer than this is slower than a start. */
const ADJUST_TIMEOUT_MS = 3000;
/** What may still be in the pipe when the process has ended. */
const DRAIN_MS = 2000;
const CLOSE_MS = 4000;

/** One running Claude Code. */
export class ClaudeProcess {
  readonly #query: Query;
  readonly #input = new InputQueue<SDKUserMessage>();
  #process: SandboxProcess | undefined;
  /** Resolves when it is gone and its last message has been handled. */
  readonly ended: Promise<ExitOutcome>;

  private constructor({ options, spawn, onMessage, onEnd }: ClaudeProcessOptions) {
    const spawned = Promise.withResolvers<SandboxProcess>();
    this.#query = query({
      prompt: this.#input,
      options: {
        ...options,
        spawnClaudeCodeProcess: ({ command, args, env, signal }) => {
          this.#process = spawn(command, args, stringsOf(env), signal);
          spawned.resolve(this.#process);
          return this.#process;
        },
      },
    });
    this.ended = this.#follow(spawned.promise, onMessage).then((outcome) => {
      onEnd(outcome);
      return outcome;
    });
  }

  /** Starts it; it is up once `ready` resolves. */
  static start(options: ClaudeProcessOptions): ClaudeProcess {
    return new ClaudeProcess(options);
  }

  /** Resolves once it takes prompts. `working`: it goes on with a turn by itself. Undefined when it ended or hung before; then it is gone. */
  async ready(): Promise<{ working: boolean } | undefined> {
    const initialized = this.#query.initializationResult().then(
      (result: object) => ({ working: 'session_state' in result && result.session_state !== 'idle' }),
      () => undefined,
    );
    const ready = await within(INIT_TIMEOUT_MS, initialized);
    if (ready === undefined) this.kill();
    return ready;
  }

  /** Has it do what its first turn would have to do first. False if it ended or hung. */
  async warmUp(): Promise<boolean> {
    return await answered(WARM_UP_TIMEOUT_MS, this.#query.getContextUsage({ detail: 'summary' }));
  }

  /** Tells it settings that it was started without; what is null or empty stays. False if it ended, hung or refused. */
  async adjust({ model, environment }: { model: string | null; environment: Readonly<Record<string, string>> }): Promise<boolean> {
    const settings = {
      ...(model === null ? {} : { model }),
      ...(Object.keys(environment).length === 0 ? {} : { env: { ...environment } }),
    };
    return await answered(ADJUST_TIMEOUT_MS, this.#query.applyFlagSettings(settings));
  }

  send(text: string, uuid: ReturnType<typeof uuidFor>): void {
    this.#input.push({
      type: 'user',
      uuid,
      session_id: '',
      parent_tool_use_id: null,
      message: { role: 'user', content: [{ type: 'text', text }] },
    });
  }

  /** Replaces the MCP servers that it was started with or given last. Throws when it has ended. */
  async setMcpServers(servers: Record<string, McpServerConfig>): Promise<void> {
    await this.#query.setMcpServers(servers);
  }

  /** Stops the turn, and drops what it has not begun yet. Its result comes as a message. */
  async interrupt(): Promise<void> {
    const { request } = this.#query as RawRequests;
    // A prompt that was sent just before must not be overtaken: it would run after all.
    await this.#input.taken();
    try {
      // interrupt() leaves a prompt in the queue that it has only just been sent, which would then run nevertheless.
      if (request !== undefined) await request.call(this.#query, { subtype: 'interrupt', cancel_queued: true });
      else await this.#query.interrupt();
    } catch {
      // It has ended; the outcome tells.
    }
  }

  /** Lets it end by itself, so that its transcript is whole; kills it if it does not. */
  async close(): Promise<void> {
    this.#input.end();
    if ((await within(CLOSE_MS, this.ended)) === undefined) this.kill();
    await this.ended;
  }

  /** Ends it and all that it has started. */
  kill(): void {
    this.#input.end();
    this.#process?.kill('SIGKILL');
  }

  async #follow(spawned: Promise<SandboxProcess>, onMessage: ClaudeProcessOptions['onMessage']): Promise<ExitOutcome> {
    const read = this.#read(onMessage);
    const process = await Promise.race([spawned, read]);
    if (typeof process === 'string') return { exitCode: 127, signal: null, stderrTail: process };
    // Should the SDK stop reading while it runs, nobody would serve it any more.
    void read.then(() => within(CLOSE_MS, process.outcome)).then((ended) => ended ?? this.kill());
    const outcome = await process.outcome;
    // A grandchild may hold the pipe open.
    await within(DRAIN_MS, read);
    this.#input.end();
    this.#query.close();
    return outcome;
  }

  /** Resolves at the end of the stream, with what the SDK has to say of it. */
  async #read(onMessage: ClaudeProcessOptions['onMessage']): Promise<string> {
    try {
      for await (const message of this.#query) {
        const room = onMessage(message);
        // Only where there is something to wait for: a pause at each delta would be felt.
        if (room !== undefined) await room;
      }
      return 'Claude Code ended.';
    } catch (error) {
      // An exit code, a signal, or an error result once more: the outcome and the messages tell it better.
      return error instanceof Error ? error.message : String(error);
    }
  }
}

async function answered(timeoutMs: number, answer: Promise<unknown>): Promise<boolean> {
  const arrived = answer.then(
    () => true,
    () => false,
  );
  return (await within(timeoutMs, arrived)) ?? false;
}

function stringsOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
