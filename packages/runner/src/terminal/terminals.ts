import { closeCodes, type SessionSpec, type TerminalCommand, type TerminalRequest, terminalLimits } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { Shell } from './shell.ts';
import { shellProgram } from './shell-program.ts';
import { TerminalViewer } from './terminal-viewer.ts';

export interface TerminalsOptions {
  /** Base URL of the server, without a trailing slash. */
  readonly serverUrl: string;
  /** The bearer secret of the link; asked each time, may throw. */
  readonly token: () => string;
  readonly spec: Pick<SessionSpec, 'environment'>;
  readonly sandbox: () => Promise<Sandbox>;
  readonly log: Logger;
}

const dialMs = 10_000;
const closeMs = 1000;
const maxFrameBytes = 2 * 1024 * 1024;

/** A shell that cannot be had, with what its viewer is told. */
class NoShell extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The shells of one incarnation of a session, and the connections of their viewers. Gone with the incarnation. */
export class Terminals implements AsyncDisposable {
  readonly #options: TerminalsOptions;
  readonly #shells = new Map<string, Shell>();
  readonly #sockets = new Set<WebSocket>();
  #closed = false;

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  /** Dials the server and serves a viewer there. Never rejects. */
  async serve({ dial_id, request }: TerminalCommand): Promise<void> {
    if (this.#closed) return;
    const socket = this.#dial(dial_id);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A server that is gone has no viewers; those who come back are dialled anew.
    socket.on('error', (error) => this.#options.log.debug({ err: error }, 'a terminal connection failed'));
    const open = new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true)).once('close', () => resolve(false));
    });
    try {
      const { shell, created } = await this.#find(request);
      if (!(await open)) return;
      TerminalViewer.attach(socket, shell, request, { created, terminals: [...this.#shells.keys()] });
    } catch (error) {
      if (!(error instanceof NoShell)) this.#options.log.error({ err: error }, 'a terminal cannot be opened');
      if (await open)
        refuse(socket, error instanceof NoShell ? error : new NoShell('internal', 'The shell could not be started. Try again.'));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const shell of this.#shells.values()) shell.kill();
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    // The end of the shells closes them, unless nobody reads.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.terminate();
    }, closeMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  async #find(request: TerminalRequest): Promise<{ shell: Shell; created: boolean }> {
    const sandbox = await this.#options.sandbox();
    if (this.#closed) throw new NoShell('shell_ended', 'The session goes to sleep. Connect again to wake it.');
    if (this.#sockets.size > terminalLimits.viewers)
      throw new NoShell('rate_limited', `A session takes ${terminalLimits.viewers} terminal connections at a time. Close some.`);
    const present = this.#shells.get(request.terminal);
    if (present !== undefined) return { shell: present, created: false };
    if (request.after !== null) throw new NoShell('shell_ended', 'This shell has ended. Connect without "after" to begin another one.');
    if (this.#shells.size >= terminalLimits.shells)
      throw new NoShell('rate_limited', `A session has at most ${terminalLimits.shells} shells. End one (exit) first.`);
    return { shell: this.#begin(request, sandbox), created: true };
  }

  #begin({ terminal, cols, rows }: TerminalRequest, sandbox: Sandbox): Shell {
    const { command, args, env } = shellProgram(this.#options.spec, sandbox.paths.home, { cols, rows });
    const shell = new Shell(sandbox.spawn(command, args, { env, networkLater: true }), { cols, rows });
    this.#shells.set(terminal, shell);
    void shell.ended.then(() => this.#shells.get(terminal) === shell && this.#shells.delete(terminal));
    return shell;
  }

  #dial(dialId: string): WebSocket {
    const { serverUrl, token } = this.#options;
    return new WebSocket(`${serverUrl.replace(/^http/, 'ws')}/internal/terminals/${dialId}`, {
      headers: { authorization: `Bearer ${token()}` },
      perMessageDeflate: false,
      handshakeTimeout: dialMs,
      maxPayload: maxFrameBytes,
    });
  }
}

function refuse(socket: WebSocket, { code, message }: NoShell): void {
  socket.send(JSON.stringify({ type: 'error', payload: { code, message } }));
  socket.close(code === 'shell_ended' ? closeCodes.shellEnded : closeCodes.tryAgain, message.slice(0, 100));
}
