import type { ClientFrame, DurableEvent, EventPayload, EventType, LiveFrame, OpenApproval } from '@ai-sessions/protocol';
import type { WebSocketConstructor, WebSocketLike } from './client.ts';
import { liveFrame, SessionLog } from './session-log.fixture.ts';

type Way = 'open' | 'frozen' | 'held';
type Listener = (event: { data: unknown; code: number }) => void;

/**
 * One session on a server without a network: a log that keeps its promises, and connections that keep none. What it records
 * is the truth that a client is held against.
 */
export class ModelServer {
  readonly log = new SessionLog();
  /** Prompts by their client_msg_id, as often as they arrived. */
  readonly arrived: string[] = [];
  readonly openApprovals: OpenApproval[] = [];
  readonly resolved = new Map<string, boolean>();
  readonly connections = new Set<ModelSocket>();
  /** How many of the next connections are refused. */
  refusals = 0;
  /** Every durable event is sent so many times. */
  copies = 1;
  /** How many durable events are not sent at all, which a good server never does. */
  skips = 0;
  #messages = 0;
  /** The block in flight: what its deltas hold so far. */
  #block: { messageId: string; text: string } | undefined;
  /** False after a restart until the block is told anew: its deltas go nowhere. */
  #blockKnown = true;
  #ended = false;

  get WebSocket(): WebSocketConstructor {
    const server: Peer = {
      accepts: () => {
        const refused = this.refusals > 0;
        if (refused) this.refusals -= 1;
        return !refused;
      },
      attach: (socket, url) => this.#attach(socket, Number(new URL(url).searchParams.get('after_seq'))),
      receive: (socket, frame) => this.#receive(socket, frame),
      gone: (socket) => this.connections.delete(socket),
    };
    return class extends ModelSocket {
      constructor(url: string) {
        super(url, server);
      }
    };
  }

  record<T extends EventType>(type: T, payload: EventPayload<T>): void {
    if (this.#ended) return;
    const event = this.log.add(type, payload);
    const copies = this.skips > 0 ? 0 : this.copies;
    this.skips = Math.max(0, this.skips - 1);
    for (const socket of this.connections) for (let copy = 0; copy < copies; copy++) socket.deliver(event);
  }

  /** Claude goes on writing a block. */
  write(text: string): void {
    if (this.#ended) return;
    this.#block ??= { messageId: `msg_${this.#messages++}`, text: '' };
    const { messageId, text: before } = this.#block;
    this.#block.text += text;
    if (this.#blockKnown) this.#spread(delta(messageId, before.length, text));
  }

  /** The block is whole. */
  finish(): void {
    if (this.#block === undefined) return;
    const { messageId, text } = this.#block;
    this.#block = undefined;
    this.#blockKnown = true;
    this.record('assistant', { message_id: messageId, model: 'm', content: [{ type: 'text', text }] });
  }

  ask(id: string): void {
    if (this.#ended || this.openApprovals.some(({ tool_use_id }) => tool_use_id === id) || this.resolved.has(id)) return;
    const approval = { tool_use_id: id, tool_name: 'Bash', tool_input: {} };
    this.openApprovals.push(approval);
    this.record('tool_approval_request', approval);
  }

  /** All connections end, and with them what is not in the log. */
  restart(): void {
    this.#blockKnown = this.#block === undefined;
    for (const socket of this.connections) socket.end(1012);
  }

  /** The runner tells the block in flight anew. */
  tellBlock(): void {
    if (this.#block === undefined) return;
    this.#blockKnown = true;
    this.#spread(delta(this.#block.messageId, 0, this.#block.text));
  }

  endSession(): void {
    if (this.#ended) return;
    this.record('session_end', { status: 'terminated', reason: 'user_requested', exit_code: 0, error_message: null });
    this.#ended = true;
    for (const socket of this.connections) socket.end(4100);
  }

  #spread(frame: LiveFrame): void {
    for (const socket of this.connections) socket.deliver(frame);
  }

  #attach(socket: ModelSocket, afterSeq: number): void {
    const missed = this.log.events.slice(afterSeq);
    for (let start = 0; start === 0 || start < missed.length; start += 5) {
      socket.deliver(liveFrame('history', { messages: missed.slice(start, start + 5), more: start + 5 < missed.length }));
    }
    if (this.#ended) {
      const last = this.log.events.at(-1);
      if (last !== undefined) socket.deliver(last);
      return socket.end(4100);
    }
    socket.deliver(
      liveFrame('session_status', {
        status: 'running',
        activity: this.#block === undefined ? 'idle' : 'working',
        last_seq: this.log.events.length,
        pending_approvals: [...this.openApprovals],
        pending_questions: [],
        queue: [],
      } as never),
    );
    this.connections.add(socket);
    if (this.#block !== undefined && this.#blockKnown) socket.deliver(delta(this.#block.messageId, 0, this.#block.text));
  }

  #receive(socket: ModelSocket, frame: ClientFrame): void {
    if (frame.type === 'heartbeat') return socket.deliver(liveFrame('heartbeat', {}));
    if (this.#ended) return;
    if (frame.type === 'prompt') {
      const id = frame.payload.client_msg_id ?? '';
      const isNew = !this.arrived.includes(id);
      this.arrived.push(id);
      if (isNew) this.record('prompt_status', { prompt_id: `pmt_${id}`, client_msg_id: id, status: 'queued', text: frame.payload.text });
    }
    if (frame.type === 'tool_approval_response') {
      const { tool_use_id: id, approved } = frame.payload;
      const index = this.openApprovals.findIndex(({ tool_use_id }) => tool_use_id === id);
      if (index < 0) return;
      this.openApprovals.splice(index, 1);
      this.resolved.set(id, approved);
      this.record('tool_approval_resolved', { tool_use_id: id, approved, by: 'user' });
    }
  }
}

function delta(message_id: string, offset: number, text: string): LiveFrame {
  return liveFrame('assistant_delta', { message_id, index: 0, offset, text });
}

interface Peer {
  accepts(): boolean;
  attach(socket: ModelSocket, url: string): void;
  receive(socket: ModelSocket, frame: ClientFrame): void;
  gone(socket: ModelSocket): void;
}

/** A WebSocket whose other end is the model: frames and ends come in order, each in a turn of its own. */
class ModelSocket implements WebSocketLike {
  readyState = 0;
  #way: Way = 'open';
  readonly #server: Peer;
  readonly #listeners: { type: string; listener: Listener }[] = [];
  #held: (() => void)[] = [];

  constructor(url: string, server: Peer) {
    this.#server = server;
    setImmediate(() => {
      if (this.readyState !== 0) return;
      if (!server.accepts()) return this.#closed(1006);
      this.readyState = 1;
      this.#tell('open');
      server.attach(this, url);
    });
  }

  /** From now on nothing gets through in either direction, and neither side is told. */
  freeze(): void {
    this.#way = 'frozen';
  }

  /** Until it is released everything waits. */
  hold(): void {
    if (this.#way === 'open') this.#way = 'held';
  }

  /** Sends to the client. */
  deliver(frame: LiveFrame | DurableEvent): void {
    const data = JSON.stringify(frame);
    this.#later(() => this.readyState === 1 && this.#tell('message', { data }));
  }

  /** Ends it from the server's side. */
  end(code: number): void {
    this.#server.gone(this);
    this.#later(() => this.#closed(code));
  }

  release(): void {
    if (this.#way !== 'held') return;
    this.#way = 'open';
    const held = this.#held;
    this.#held = [];
    for (const act of held) this.#later(act);
  }

  send(data: string): void {
    this.#later(() => this.#server.receive(this, JSON.parse(data) as ClientFrame));
  }

  close(): void {
    this.#server.gone(this);
    setImmediate(() => this.#closed(1005));
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.push({ type, listener: listener as Listener });
  }

  #closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#tell('close', { code });
  }

  #later(act: () => void): void {
    if (this.#way === 'held') return void this.#held.push(act);
    setImmediate(() => {
      // The way may have closed meanwhile.
      if (this.#way === 'held') this.#held.push(act);
      else if (this.#way === 'open') act();
    });
  }

  #tell(type: string, event: { data?: unknown; code?: number } = {}): void {
    for (const each of this.#listeners) if (each.type === type) each.listener({ data: undefined, code: 1006, ...event });
  }
}
