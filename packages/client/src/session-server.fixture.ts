import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type ClientFrame, clientFrame, type DurableEvent, durableEvent, type LivePayload } from '@ai-sessions/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { liveFrame, SessionLog, testSession } from './session-log.fixture.ts';

export interface Viewer {
  readonly socket: WebSocket;
  readonly afterSeq: number;
  readonly token: string | undefined;
  readonly received: ClientFrame[];
  /** Sends as it is: for what a good server would not send. */
  raw(frame: object): void;
}

/**
 * One session on a real socket: answers the handshake, replays its log, then sends what is recorded. `script` gets each new
 * viewer and may misbehave in place of the normal attach, by returning true.
 */
export class SessionServer implements AsyncDisposable {
  readonly log = new SessionLog();
  readonly viewers: Viewer[] = [];
  /** Status of every REST answer; 200 gives an empty session. */
  restStatus = 200;
  refuseUpgrade: number | undefined;
  script: (viewer: Viewer, nth: number) => boolean | void = () => undefined;
  onFrame: (frame: ClientFrame, viewer: Viewer) => void = () => undefined;
  state: Partial<LivePayload<'session_status'>> = {};
  readonly restTokens: (string | undefined)[] = [];
  readonly #http = createServer((request, response) => {
    this.restTokens.push(request.headers.authorization);
    response.writeHead(this.restStatus, { 'content-type': 'application/json' });
    const error = { error: this.restStatus === 404 ? 'not_found' : 'unauthorized', message: 'No.', status: this.restStatus };
    response.end(JSON.stringify(this.restStatus === 200 ? { session: {} } : error));
  });
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'access_token' });
  readonly #tcp = new Set<Socket>();

  async listen(): Promise<string> {
    this.#http.on('connection', (socket) => this.#tcp.add(socket));
    this.#http.on('upgrade', (request, socket, head) => {
      if (this.refuseUpgrade !== undefined) return void socket.end(`HTTP/1.1 ${this.refuseUpgrade} No\r\n\r\n`);
      this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#attach(peer, request.url ?? '', request.headers));
    });
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Records an event and sends it to those who are attached. */
  record(...event: Parameters<SessionLog['add']>): DurableEvent {
    const recorded = durableEvent.parse(this.log.add(...event)) as DurableEvent;
    for (const viewer of this.viewers) viewer.raw(recorded);
    return recorded;
  }

  history(viewer: Viewer, messages: readonly DurableEvent[] = this.log.events.slice(viewer.afterSeq)): void {
    for (let start = 0; start < messages.length; start += 7) {
      viewer.raw(liveFrame('history', { messages: messages.slice(start, start + 7), more: start + 7 < messages.length }));
    }
  }

  status(viewer: Viewer): void {
    const plain = { status: 'running', activity: 'idle', pending_approvals: [], pending_questions: [], queue: [] } as const;
    viewer.raw(liveFrame('session_status', { ...plain, last_seq: this.log.events.length, ...this.state } as never));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#tcp) socket.destroy();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #attach(socket: WebSocket, url: string, headers: NodeJS.Dict<string | string[]>): void {
    const afterSeq = Number(new URL(url, 'http://x').searchParams.get('after_seq'));
    const token = String(headers['sec-websocket-protocol']).split(',')[1]?.trim();
    const viewer: Viewer = { socket, afterSeq, token, received: [], raw: (frame) => socket.send(JSON.stringify(frame)) };
    socket.on('message', (data) => this.#receive(viewer, (data as Buffer).toString()));
    socket.on('close', () => {
      const index = this.viewers.indexOf(viewer);
      if (index >= 0) this.viewers.splice(index, 1);
    });
    this.#connections += 1;
    if (this.script(viewer, this.#connections) === true) return;
    this.history(viewer);
    this.status(viewer);
    this.viewers.push(viewer);
  }

  #connections = 0;
  get connections(): number {
    return this.#connections;
  }

  #receive(viewer: Viewer, data: string): void {
    const frame = clientFrame.parse(JSON.parse(data));
    viewer.received.push(frame);
    if (frame.type === 'heartbeat') viewer.raw(liveFrame('heartbeat', {}));
    else this.onFrame(frame, viewer);
  }
}

export { testSession };
