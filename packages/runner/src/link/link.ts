import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { linkFrame, type LinkFrame, type LoginEvent, type Report, type RunnerFrame } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Reporter } from '../reporter.ts';
import { Channel, type Wire } from './channel.ts';
import { Outbox } from './outbox.ts';
import { findOutboxes, type IncarnationKey, outboxFile, storedSessions } from './outbox-file.ts';

type Welcome = Extract<LinkFrame, { type: 'welcome' }>;
/** What the server may ask of the sessions here; the link answers the rest itself. */
export type Command = Exclude<LinkFrame, { type: 'welcome' | 'ack' | 'ping' }>;

export interface LinkOptions {
  /** Base URL of the server: http or https. */
  readonly serverUrl: string;
  /** Gives the bearer secret; asked at each dial, may throw. */
  readonly token: () => string;
  readonly sessionsFolder: string;
  readonly hello: { readonly runner_id: string; readonly capacity: number; readonly sandbox: string; readonly claude_version: string };
  readonly log: Logger;
  /** A frame for the sessions, in the order in which the server sent it. */
  readonly onCommand: (command: Command) => void;
  /** The server no longer counts this incarnation as ours: it is to end, and then `finish` is called for it. */
  readonly onDisowned: (key: IncarnationKey) => void;
  /** The connection is gone: what lives no longer than it is to end. */
  readonly onLost?: () => void;
}

/** Said for an incarnation whose runner was ended; ignored by an outbox that holds its last report already. */
const LOST: Report = { kind: 'exited', why: 'lost', exit_code: null, error_message: 'The runner was restarted.' };
const DIAL_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1000;
const PING_EVERY_MS = 15_000;
const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/**
 * The runner's one connection to the server. It dials, and dials again with growing, jittered pauses; says which
 * incarnations it answers for; resends what is not acknowledged; and hands the server's commands on.
 */
export class Link implements AsyncDisposable {
  readonly #options: LinkOptions;
  readonly #channels = new Map<string, Channel>();
  /** Incarnations of an earlier runner: their processes are gone with it. */
  readonly #orphans = new Set<string>();
  readonly #bootId = randomUUID();
  #socket: WebSocket | undefined;
  /** Set from the server's welcome until the connection is lost. */
  #wire: Wire | undefined;
  #retry: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #failures = 0;
  #draining = false;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier runner left to say, then dials until disposed. */
  start(): void {
    for (const key of findOutboxes(this.#options.sessionsFolder)) {
      const outbox = Outbox.recover(outboxFile(this.#options.sessionsFolder, key));
      this.#adopt(key, outbox);
      this.#orphans.add(nameOf(key));
    }
    this.#dial();
  }

  get connected(): boolean {
    return this.#wire !== undefined;
  }

  /** Opens the way for a new incarnation. Throws if this session and epoch has had one here. */
  open(key: IncarnationKey): Reporter {
    const path = outboxFile(this.#options.sessionsFolder, key);
    mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
    const channel = this.#adopt(key, Outbox.create(path));
    if (this.#wire !== undefined) channel.connect(this.#wire);
    return channel;
  }

  /** Whether this incarnation lives here, or has reports that are not acknowledged yet. */
  knows(key: IncarnationKey): boolean {
    return this.#channels.has(nameOf(key));
  }

  /** Nothing more comes of an incarnation: forgotten once what it has told is acknowledged. */
  finish(key: IncarnationKey): void {
    this.#channels.get(nameOf(key))?.report(LOST);
  }

  /** Drops an incarnation and all that it had to say. */
  forget(key: IncarnationKey): void {
    this.#channels.get(nameOf(key))?.discard();
    this.#channels.delete(nameOf(key));
    this.#orphans.delete(nameOf(key));
  }

  /** Drops all incarnations of a session. */
  forgetSession(sessionId: string): void {
    for (const { key } of this.#channels.values()) if (key.session_id === sessionId) this.forget(key);
  }

  answer(requestId: string, ok: boolean, body: unknown): void {
    this.#send({ type: 'answer', request_id: requestId, ok, body });
  }

  /** News of a Claude sign-in: dropped while there is no connection, for the sign-in ends with it. */
  tellLogin(loginId: string, event: LoginEvent): void {
    this.#send({ type: 'login', login_id: loginId, event });
  }

  /** Tells the server that no new session should come here. */
  drain(): void {
    this.#draining = true;
    this.#send({ type: 'draining' });
  }

  /** Resolves when every report so far has been acknowledged, or the time is up. */
  async settled(timeoutMs: number): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (this.#wire !== undefined && this.#channels.size > 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
    return hangUp(this.#socket);
  }

  #adopt(key: IncarnationKey, outbox: Outbox): Channel {
    const channel = new Channel(key, outbox, () => this.forget(key));
    this.#channels.set(nameOf(key), channel);
    return channel;
  }

  #dial(): void {
    if (this.#closed) return;
    let token: string;
    try {
      token = this.#options.token();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'cannot read the link token');
      return this.#dialLater();
    }
    const socket = new WebSocket(`${this.#options.serverUrl.replace(/^http/, 'ws')}/internal/link`, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      handshakeTimeout: DIAL_TIMEOUT_MS,
      maxPayload: MAX_FRAME_BYTES,
    });
    this.#socket = socket;
    let why: string | undefined;
    socket.on('open', () => this.#greet(socket));
    socket.on('message', (data: Buffer) => this.#receive(socket, data.toString()));
    socket.on('error', (error) => (why = error.message));
    socket.on('close', (code) => this.#lost(why ?? `closed with ${code}`));
  }

  #greet(socket: WebSocket): void {
    const sessions = this.#keys();
    const stored = storedSessions(this.#options.sessionsFolder);
    this.#send({ type: 'hello', ...this.#options.hello, boot_id: this.#bootId, sessions, stored });
    this.#watch(socket);
  }

  /** Those it answers for. */
  #keys(): IncarnationKey[] {
    return [...this.#channels.values()].flatMap((channel) => (channel.disowned ? [] : [channel.key]));
  }

  #lost(why: string): void {
    clearInterval(this.#heartbeat);
    // One line when it is lost and one a minute or so: a server that is down is no reason to fill the disk.
    if (this.#failures % 60 === 0 && !this.#closed) this.#options.log.warn({ why }, 'no link to the server');
    this.#wire = undefined;
    for (const channel of this.#channels.values()) channel.disconnect();
    this.#options.onLost?.();
    this.#dialLater();
  }

  #dialLater(): void {
    if (this.#closed) return;
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#dial(), longest * (0.5 + Math.random() / 2));
  }

  /** Drops a connection that has gone silent, or whose server never says welcome. */
  #watch(socket: WebSocket): void {
    let heard = true;
    const hear = () => (heard = true);
    socket.on('message', hear).on('ping', hear).on('pong', hear);
    this.#heartbeat = setInterval(() => {
      if (!heard || this.#wire === undefined) return socket.terminate();
      heard = false;
      socket.ping();
    }, PING_EVERY_MS);
  }

  #receive(socket: WebSocket, text: string): void {
    if (socket !== this.#socket || this.#closed) return;
    const frame = parseFrame(text);
    if (frame === undefined) {
      // Not the frame itself: it may hold the user's secrets.
      this.#options.log.error({ bytes: text.length }, 'the server sent a frame that this runner does not understand');
      return;
    }
    switch (frame.type) {
      case 'welcome':
        return this.#welcomed(frame, socket);
      case 'ack':
        return this.#channels.get(nameOf(frame))?.acknowledge(frame.number);
      case 'ping':
        return this.#send({ type: 'pong', sessions: this.#keys() });
      default:
        return this.#options.onCommand(frame);
    }
  }

  #welcomed(welcome: Welcome, socket: WebSocket): void {
    this.#failures = 0;
    this.#options.log.info('linked to the server');
    const wire: Wire = {
      get backlog() {
        return socket.bufferedAmount;
      },
      send: (frame, sent) => socket.send(frame, sent),
    };
    this.#wire = wire;
    const owned = new Map(welcome.sessions.map((session) => [nameOf(session), session.acked]));
    for (const [name, channel] of this.#channels) {
      const acked = owned.get(name);
      if (acked === undefined) this.#disown(channel);
      else channel.acknowledge(acked);
      if (this.#orphans.has(name)) channel.report(LOST);
      if (this.#channels.has(name)) channel.connect(wire);
    }
    if (this.#draining) this.drain();
  }

  #disown(channel: Channel): void {
    if (channel.disowned) return;
    channel.disown();
    this.#options.onDisowned(channel.key);
  }

  #send(frame: RunnerFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

function parseFrame(text: string): LinkFrame | undefined {
  try {
    return linkFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function hangUp(socket: WebSocket | undefined): Promise<void> {
  if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close(1000);
  const timer = setTimeout(() => socket.terminate(), 500);
  await closed;
  clearTimeout(timer);
}

function nameOf({ session_id, epoch }: IncarnationKey): string {
  return `${session_id}/${epoch}`;
}
