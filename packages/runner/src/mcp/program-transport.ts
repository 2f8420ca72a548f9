import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { describeOutcome } from '../process/exit-outcome.ts';
import { within } from '../process/within.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import { MAX_MESSAGE_BYTES } from './bounded-body.ts';

const NEWLINE = 0x0a;
/** How long a program may take to end by itself once its input is closed, and then once it was told to. */
const CLOSE_MS = 500;
const TERM_MS = 1500;

/** The way to an MCP server that is a program in the sandbox: one JSON-RPC message a line, on its standard input and output. */
export class ProgramTransport implements Transport {
  readonly #spawn: () => SandboxProcess;
  #program: SandboxProcess | undefined;
  #partial: Buffer[] = [];
  #partialBytes = 0;
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
    program.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    void program.outcome.then((outcome) => {
      this.ending = `The program ${describeOutcome(outcome)}`;
      this.onclose?.();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#program === undefined || this.ending !== undefined) throw new Error(this.ending ?? 'The program does not run.');
    this.#program.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    program.stdin.end();
    if ((await within(CLOSE_MS, program.outcome)) === undefined) program.kill('SIGTERM');
    if ((await within(TERM_MS, program.outcome)) === undefined) program.kill('SIGKILL');
    await program.outcome;
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      this.#heard(Buffer.concat([...this.#partial, rest.subarray(0, end)]).toString('utf8'));
      this.#partial = [];
      this.#partialBytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return;
    this.#partial.push(rest);
    this.#partialBytes += rest.length;
    if (this.#partialBytes <= MAX_MESSAGE_BYTES) return;
    this.onerror?.(new Error(`a message of more than ${MAX_MESSAGE_BYTES} bytes`));
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
