import { type TerminalServerFrame, terminalServerFrame } from '@ai-sessions/protocol';
import xterm from '@xterm/headless';
import { WebSocket } from 'ws';
import { contractBroken } from './contract-broken.ts';
import { until } from './until.ts';
import type { User } from './user.ts';

export interface TerminalOptions {
  readonly terminal?: string;
  readonly cols?: number;
  readonly rows?: number;
  readonly after?: number;
  readonly window?: number;
}

/** A viewer of a shell, with a screen as a browser has it. Every frame it gets is checked against the contract. */
export class Terminal {
  readonly socket: WebSocket;
  readonly frames: TerminalServerFrame[] = [];
  readonly faults: string[] = [];
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  /** Where the output goes on. */
  offset = 0;
  /** Bytes of output that came on this connection. */
  received = 0;
  closeCode: number | null = null;

  private constructor(socket: WebSocket, { cols = 80, rows = 24, window }: TerminalOptions) {
    this.socket = socket;
    this.#screen = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
    socket.on('error', () => {});
    socket.on('close', (code) => (this.closeCode = code));
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return this.#hear(data.toString());
      this.offset += data.length;
      this.received += data.length;
      const { offset } = this;
      this.#screen.write(data, () => window !== undefined && this.send('ack', { offset }));
    });
  }

  static async open(user: User, sessionId: string, options: TerminalOptions = {}): Promise<Terminal> {
    const query = new URLSearchParams(Object.entries(options).map(([name, value]): [string, string] => [name, String(value)]));
    const url = `${user.url.replace('http', 'ws')}/v1/sessions/${sessionId}/terminal?${query.toString()}`;
    const terminal = new Terminal(new WebSocket(url, ['access_token', user.token]), options);
    await until(
      () => terminal.frames.length > 0 || terminal.closeCode !== null,
      () => 'no terminal was opened',
    );
    return terminal;
  }

  /** The frames of one type, in order. */
  all<T extends TerminalServerFrame['type']>(type: T): Extract<TerminalServerFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<TerminalServerFrame, { type: T }> => frame.type === type);
  }

  type(keys: string): void {
    this.socket.send(Buffer.from(keys));
  }

  send(type: string, payload: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, payload }));
  }

  /** What the screen shows, without the scrollback, trailing blanks trimmed. */
  screen(): string {
    const { active } = this.#screen.buffer;
    return Array.from({ length: this.#screen.rows }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  }

  /** All lines, the scrollback included. */
  text(): string {
    const { active } = this.#screen.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '').join('\n');
  }

  async shows(what: string | RegExp): Promise<void> {
    const found = () => (typeof what === 'string' ? this.text().includes(what) : what.test(this.text()));
    await until(found, () => `the terminal does not show ${String(what)}:\n${this.text().slice(-3000)}\n${JSON.stringify(this.frames)}`);
  }

  async closed(): Promise<number> {
    await until(
      () => this.closeCode !== null,
      () => `the terminal stayed open:\n${this.text().slice(-2000)}`,
    );
    return this.closeCode ?? 0;
  }

  close(): void {
    this.socket.terminate();
  }

  #hear(text: string): void {
    const frame = terminalServerFrame.safeParse(JSON.parse(text));
    if (!frame.success) {
      this.faults.push(`${text}: ${JSON.stringify(frame.error.issues)}`);
      return contractBroken(text);
    }
    this.frames.push(frame.data);
    if (frame.data.type === 'size') this.#screen.resize(frame.data.payload.cols, frame.data.payload.rows);
    if (frame.data.type !== 'opened' && frame.data.type !== 'gap') return;
    if (frame.data.type === 'gap') this.#screen.reset();
    this.offset = frame.data.payload.offset;
    this.#screen.write(frame.data.payload.restore);
  }
}
