import {
  closeCodes,
  type TerminalClientFrame,
  terminalClientFrame,
  type TerminalRequest,
  type TerminalServerFrame,
  type TerminalSize,
} from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { Shell, ShellViewer } from './shell.ts';

const pieceBytes = 64 * 1024;
/** Unsent bytes above which the viewer waits for the connection. */
const jammedBytes = 256 * 1024;
const pingMs = 10_000;
/** How long a viewer that does not acknowledge keeps a shell's end from being told. */
const farewellMs = 10_000;

export interface ViewerGreeting {
  readonly created: boolean;
  readonly terminals: readonly string[];
}

/** One viewer of a shell, on a connection of its own: sends what the connection and the viewer's window take, takes what is typed. */
export class TerminalViewer implements ShellViewer {
  readonly #socket: WebSocket;
  readonly #shell: Shell;
  readonly #window: number;
  #cursor: number;
  #acked: number;
  #flushing: NodeJS.Immediate | undefined;
  #farewell: NodeJS.Timeout | undefined;

  private constructor(socket: WebSocket, shell: Shell, request: TerminalRequest, greeting: ViewerGreeting) {
    const { scrollback, size } = shell;
    this.#socket = socket;
    this.#shell = shell;
    this.#window = request.window ?? Number.POSITIVE_INFINITY;
    const goesOn = request.after !== null && request.after >= scrollback.start && request.after <= scrollback.end;
    this.#cursor = goesOn ? (request.after ?? 0) : scrollback.start;
    this.#acked = this.#cursor;
    this.#tell({
      type: 'opened',
      payload: {
        terminal: request.terminal,
        ...size,
        offset: this.#cursor,
        restore: goesOn ? '' : scrollback.restore,
        created: greeting.created,
        terminals: [...greeting.terminals],
      },
    });
  }

  /** Serves the viewer until the connection or the shell ends. */
  static attach(socket: WebSocket, shell: Shell, request: TerminalRequest, greeting: ViewerGreeting): void {
    const viewer = new TerminalViewer(socket, shell, request, greeting);
    viewer.#listen();
    shell.add(viewer);
    const { cols, rows } = request;
    const cut = viewer.#cursor === shell.scrollback.start && viewer.#cursor > 0;
    // What drew the screen is no longer there: a full-screen program draws it anew when its size changes.
    if (cut && shell.size.cols === cols && shell.size.rows === rows) shell.redraw();
    shell.resize({ cols, rows });
    viewer.wake();
  }

  get behind(): number {
    return this.#shell.scrollback.end - this.#cursor;
  }

  wake(): void {
    this.#flushing ??= setImmediate(() => {
      this.#flushing = undefined;
      this.#flush();
    });
  }

  resized(size: TerminalSize): void {
    this.#tell({ type: 'size', payload: size });
  }

  #listen(): void {
    const socket = this.#socket;
    let heard = true;
    const heartbeat = setInterval(() => {
      if (!heard) return socket.terminate();
      heard = false;
      socket.ping();
    }, pingMs);
    socket.on('pong', () => (heard = true));
    socket.on('message', (data: Buffer, isBinary) => {
      heard = true;
      if (isBinary) this.#type(data);
      else this.#obey(data.toString());
    });
    socket.on('close', () => {
      clearInterval(heartbeat);
      clearTimeout(this.#farewell);
      clearImmediate(this.#flushing);
      this.#shell.remove(this);
    });
  }

  #type(bytes: Buffer): void {
    if (this.#shell.type(bytes)) return;
    this.#socket.pause();
    void this.#shell.drained().then(() => this.#socket.resume());
  }

  #obey(text: string): void {
    const frame = parse(text);
    if (frame?.type === 'resize') this.#shell.resize(frame.payload);
    if (frame?.type !== 'ack') return;
    this.#acked = Math.min(this.#cursor, Math.max(this.#acked, frame.payload.offset));
    this.wake();
  }

  #flush(): void {
    const { scrollback, outcome } = this.#shell;
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (this.#cursor < scrollback.start) {
      this.#cursor = scrollback.start;
      this.#acked = Math.max(this.#acked, this.#cursor - this.#window + pieceBytes);
      this.#tell({ type: 'gap', payload: { offset: this.#cursor, restore: scrollback.restore } });
    }
    while (this.#cursor < scrollback.end && socket.bufferedAmount < jammedBytes) {
      const room = this.#window - (this.#cursor - this.#acked);
      if (room <= 0) break;
      const piece = scrollback.read(this.#cursor, Math.min(pieceBytes, room));
      this.#cursor += piece.length;
      socket.send(piece, { binary: true }, () => this.wake());
    }
    if (outcome === undefined) return;
    const leave = () => {
      this.#tell({ type: 'exit', payload: { exit_code: outcome.exitCode } });
      socket.close(closeCodes.shellEnded, 'the shell has ended');
    };
    if (this.#cursor >= scrollback.end) leave();
    else this.#farewell ??= setTimeout(leave, farewellMs);
  }

  #tell(frame: TerminalServerFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function parse(text: string): TerminalClientFrame | undefined {
  try {
    return terminalClientFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
