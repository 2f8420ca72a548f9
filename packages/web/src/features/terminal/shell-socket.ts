import { closeCodes, type TerminalServerFrame, terminalServerFrame, type TerminalSize } from '@ai-sessions/protocol';
import { api } from '../../lib/api.ts';

export type ShellState =
  | { readonly is: 'connecting' }
  | { readonly is: 'open' }
  /** Cut, and being dialled again. */
  | { readonly is: 'waiting'; readonly attempt: number }
  | { readonly is: 'ended'; readonly exitCode: number | null }
  | { readonly is: 'refused'; readonly message: string };

export interface ShellEvents {
  readonly onState: (state: ShellState) => void;
  /** Output as it is; `drawn` is to be called when it is on the screen. */
  readonly onOutput: (bytes: Uint8Array, drawn: () => void) => void;
  /** What was shown is no longer the beginning of what comes: clear the screen, then write `restore`. */
  readonly onReset: (restore: string) => void;
  readonly onSize: (size: TerminalSize) => void;
  readonly onShells: (names: readonly string[]) => void;
}

const windowBytes = 256 * 1024;
/** Acknowledged in steps of this many bytes. */
const ackBytes = 64 * 1024;
const heartbeatMs = 30_000;
const longestRetryMs = 3000;
/** What is typed while there is no connection. */
const keptInput = 4096;

/** A connection to one shell of a session, which is dialled again when it is cut and goes on where it was. */
export class ShellSocket implements Disposable {
  readonly #sessionId: string;
  readonly #shell: string;
  readonly #events: ShellEvents;
  #size: TerminalSize;
  #socket: WebSocket | undefined;
  #offset: number | undefined;
  #acked = 0;
  #attempt = 0;
  #typed = '';
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #heartbeat = setInterval(() => this.#send({ type: 'heartbeat', payload: {} }), heartbeatMs);
  #over = false;

  constructor(sessionId: string, shell: string, size: TerminalSize, events: ShellEvents) {
    this.#sessionId = sessionId;
    this.#shell = shell;
    this.#size = size;
    this.#events = events;
    void this.#dial();
  }

  type(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN && this.#offset !== undefined) this.#socket.send(new TextEncoder().encode(text));
    else this.#typed = (this.#typed + text).slice(-keptInput);
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#send({ type: 'resize', payload: size });
  }

  /** Dials now rather than when the pause is over. */
  retryNow(): void {
    clearTimeout(this.#retry);
    if (this.#socket === undefined) void this.#dial();
  }

  [Symbol.dispose](): void {
    this.#over = true;
    clearTimeout(this.#retry);
    clearInterval(this.#heartbeat);
    this.#socket?.close(1000);
  }

  async #dial(): Promise<void> {
    let token: string;
    try {
      token = await api.token();
    } catch {
      return this.#dialLater();
    }
    if (this.#over) return;
    const query = new URLSearchParams({
      terminal: this.#shell,
      cols: String(this.#size.cols),
      rows: String(this.#size.rows),
      window: String(windowBytes),
      ...(this.#offset === undefined ? {} : { after: String(this.#offset) }),
    });
    const base = api.baseUrl.replace(/^http/, 'ws');
    const socket = new WebSocket(`${base}/v1/sessions/${encodeURIComponent(this.#sessionId)}/terminal?${query.toString()}`, [
      'access_token',
      token,
    ]);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) this.#output(new Uint8Array(data));
      else this.#hear(String(data));
    });
    socket.addEventListener('close', ({ code }) => this.#closed(socket, code));
  }

  #output(bytes: Uint8Array): void {
    const end = (this.#offset ?? 0) + bytes.length;
    this.#offset = end;
    this.#events.onOutput(bytes, () => {
      if (end - this.#acked < ackBytes) return;
      this.#acked = end;
      this.#send({ type: 'ack', payload: { offset: end } });
    });
  }

  #hear(text: string): void {
    const frame = parse(text);
    switch (frame?.type) {
      case 'opened': {
        const { offset, restore, terminals, cols, rows } = frame.payload;
        if (offset !== this.#offset) this.#events.onReset(restore);
        this.#offset = offset;
        this.#acked = offset;
        this.#attempt = 0;
        this.#events.onShells(terminals);
        this.#events.onSize({ cols, rows });
        this.#events.onState({ is: 'open' });
        this.#send({ type: 'resize', payload: this.#size });
        if (this.#typed !== '') this.type(this.#typed);
        this.#typed = '';
        return;
      }
      case 'gap':
        this.#events.onReset(frame.payload.restore);
        this.#offset = frame.payload.offset;
        this.#acked = frame.payload.offset;
        return;
      case 'size':
        return this.#events.onSize(frame.payload);
      case 'exit':
        return this.#finish({ is: 'ended', exitCode: frame.payload.exit_code });
      case 'error':
        if (frame.payload.code === 'invalid_message' || frame.payload.code === 'unavailable') return;
        return this.#finish({ is: 'refused', message: frame.payload.message });
      default:
        return;
    }
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket || this.#over) return;
    this.#socket = undefined;
    if (code === closeCodes.shellEnded) return this.#finish({ is: 'ended', exitCode: null });
    if (code === closeCodes.sessionEnded) return this.#finish({ is: 'refused', message: 'The session has ended, and its shells with it.' });
    this.#dialLater();
  }

  #dialLater(): void {
    this.#attempt += 1;
    this.#events.onState({ is: 'waiting', attempt: this.#attempt });
    this.#retry = setTimeout(
      () => void this.#dial(),
      Math.min(longestRetryMs, 250 * 2 ** Math.min(this.#attempt, 8)) * (0.5 + Math.random() / 2),
    );
  }

  #finish(state: ShellState): void {
    if (this.#over) return;
    this[Symbol.dispose]();
    this.#events.onState(state);
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function parse(text: string): TerminalServerFrame | undefined {
  try {
    return terminalServerFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
