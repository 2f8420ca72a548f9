import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { describeOutcome } from '../process/exit-outcome.ts';
import { within } from '../process/within.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import { MAX_MESSAGE_BYTES, tooLong } from './bounded-body.ts';
import { ReadingPace } from './reading-pace.ts';

const NEWLINE = 0x0a;
/** How long a program may take to end by itself once its input is closed, and then once it was told to. */
const CLOSE_MS = 500;
const TERM_MS = 1500;
/** What a program said last is heard before it is told that it has ended. */
const LAST_WORDS_MS = 200;
/** What waits for a program that reads none of it. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** The way to an MCP server that is a program in the sandbox: one JSON-RPC message a line, on its standard input and output. */
export class ProgramTransport implements Transport {
  readonly #spawn: () => SandboxProcess;
  #program: SandboxProcess | undefined;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  readonly #pace = new ReadingPace();
  readonly #closing = new AbortController();
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  /** How the program ended, with the last that it said on stderr; undefined while it runs. */
  ending: string | undefined;

  constructor(spawn: () => SandboxProcess) {
    this.#spawn = spawn;
  }

  async start(): Promise<void> {
    const program = this.#spawn();
    this.#program = program;
    const read = this.#readAll(program.stdout);
    void program.outcome.then(async (outcome) => {
      await within(LAST_WORDS_MS, read);
      this.#closing.abort();
      this.ending ??= `The program ${describeOutcome(outcome)}`;
      this.onclose?.();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#program === undefined || this.ending !== undefined) throw new Error(this.ending ?? 'The program does not run.');
    const { stdin } = this.#program;
    if (stdin.writableLength > MAX_UNREAD_BYTES) return this.#end('The program does not read its input.');
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    this.#closing.abort();
    program.stdin.end();
    if ((await within(CLOSE_MS, program.outcome)) === undefined) program.kill('SIGTERM');
    if ((await within(TERM_MS, program.outcome)) === undefined) program.kill('SIGKILL');
    await program.outcome;
  }

  async #readAll(stdout: AsyncIterable<unknown>): Promise<void> {
    try {
      // Nobody wants it any more once it is closed; unread it would keep the program from ending.
      for await (const chunk of stdout) if (!this.#closing.signal.aborted) await this.#read(chunk as Buffer);
    } catch {
      // It broke off with the program, of whose end the outcome tells.
    }
  }

  async #read(chunk: Buffer): Promise<void> {
    const { signal } = this.#closing;
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1 && !signal.aborted; end = rest.indexOf(NEWLINE)) {
      this.#heard(Buffer.concat([...this.#partial, rest.subarray(0, end)]).toString('utf8'));
      this.#partial = [];
      this.#partialBytes = 0;
      rest = rest.subarray(end + 1);
      await this.#pace.read(end + 1, 1, signal);
    }
    if (rest.length === 0) return;
    this.#partial.push(rest);
    this.#partialBytes += rest.length;
    if (this.#partialBytes > MAX_MESSAGE_BYTES) this.#end(tooLong(MAX_MESSAGE_BYTES).message);
  }

  /** Ends the program for what it does. */
  #end(why: string): void {
    this.ending = why;
    this.#closing.abort();
    this.#program?.kill('SIGKILL');
  }

  /** Programs also print what is no message, such as a greeting. */
  #heard(line: string): void {
    const message = parseMessage(line);
    if (message !== undefined) this.onmessage?.(message);
  }
}

function parseMessage(line: string): JSONRPCMessage | undefined {
  try {
    return JSONRPCMessageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
