import {
  type ApprovalResponse,
  type ClientFrame,
  closeCodes,
  defaultLimits,
  type DurableEvent,
  type EventPayload,
  type SocketError,
} from '@ai-sessions/protocol';
import { ApiCallError } from './api-call-error.ts';
import type { Client } from './client.ts';
import { ItemQueue } from './item-queue.ts';
import { Outbox, outboxLimit } from './outbox.ts';
import { type ParsedFrame, parseFrame, type UnknownFrame } from './parse-frame.ts';
import type { Connection, LostReason, SessionItem } from './session-item.ts';
import { type SocketEnd, SessionSocket } from './session-socket.ts';
import { backoff, defaultTiming, type Timing } from './timing.ts';

export interface OpenSessionOptions {
  /** The last event already known; the stream begins after it. 0, the whole log, unless told. */
  readonly afterSeq?: number;
  /** Ask for the text of blocks in flight. False unless told. */
  readonly deltas?: boolean;
  /** Aborting closes the stream. */
  readonly signal?: AbortSignal;
  readonly timing?: Partial<Timing>;
  /** Gives 0 ≤ x < 1, for the jitter of reconnecting. */
  readonly random?: () => number;
  readonly newMessageId?: () => string;
  /** How much may wait for the reader, in characters of received JSON; 32 Mi unless told. */
  readonly bufferLimit?: number;
}

/**
 * Opens a session and stays with it: an iterable, for one reader, of everything that happens, until the session ends or
 * `close()` is called. Connections come and go beneath; each durable event is given once, in order.
 */
export function openSession(client: Client, sessionId: string, options: OpenSessionOptions = {}): SessionStream {
  return new SessionStream(client, sessionId, options);
}

export class SessionStream implements AsyncIterable<SessionItem>, AsyncDisposable {
  readonly #client: Client;
  readonly #sessionId: string;
  readonly #deltas: boolean;
  readonly #timing: Timing;
  readonly #random: () => number;
  readonly #newMessageId: () => string;
  readonly #queue: ItemQueue;
  readonly #outbox = new Outbox();
  /** What a rate limit has refused and waits to be sent again: prompts by their id, answers under ''. */
  readonly #retries = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #done: Promise<void>;
  readonly #detach: () => void;

  #connection: Connection = { state: 'connecting' };
  #lastSeq: number;
  #socket: SessionSocket | undefined;
  /** Why this side dropped the connection. */
  #dropped: LostReason | undefined;
  #rejectedToken: string | undefined;
  #liveSince: number | undefined;
  #attempt = 0;
  #wake: (() => void) | undefined;

  constructor(client: Client, sessionId: string, options: OpenSessionOptions) {
    this.#client = client;
    this.#sessionId = sessionId;
    this.#deltas = options.deltas ?? false;
    this.#lastSeq = options.afterSeq ?? 0;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#random = options.random ?? Math.random;
    this.#newMessageId = options.newMessageId ?? newMessageId;
    this.#queue = new ItemQueue(options.bufferLimit ?? 32 * 1024 * 1024, () => this.#wake?.());
    const { signal } = options;
    const onAbort = () => this.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#detach = () => signal?.removeEventListener('abort', onAbort);
    this.#queue.push({ type: 'connection', connection: this.#connection }, 0);
    if (signal?.aborted === true) this.close();
    this.#done = this.#run();
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** The last durable event that was given to the reader or waits for it. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Sends a prompt, now or as soon as there is a connection, and again until the server has it or refuses it. Returns its
   * client_msg_id. An app that may die between sending and the acknowledgement keeps an id of its own and gives it here, and
   * again when it is started anew: the server takes a prompt once. Throws ApiCallError when it can never be sent: too large,
   * too many waiting, session ended.
   */
  send(text: string, clientMsgId?: string): string {
    if (this.#isEnded) throw new ApiCallError('session_not_running', 409, 'This session has ended and takes no more prompts.');
    if (this.#outbox.size >= outboxLimit) {
      throw new ApiCallError('queue_full', 429, `${outboxLimit} messages are waiting for the connection. Wait until it is back.`);
    }
    const id = clientMsgId ?? this.#newMessageId();
    if (frameBytes({ type: 'prompt', payload: { text, client_msg_id: id } }) > defaultLimits.ws_message_bytes) {
      throw new ApiCallError('payload_too_large', 413, 'This prompt is over 1 MB. Put the text into a file and upload that.');
    }
    this.#queue.push({ type: 'prompt_sent', client_msg_id: id, text }, text.length);
    this.#post(this.#outbox.addPrompt(id, text));
    return id;
  }

  /** Stops the running turn. False without a live connection: it is not kept for later, when it could stop another turn. */
  interrupt(): boolean {
    return this.#connection.state === 'live' && this.#socket?.send({ type: 'interrupt' }) === true;
  }

  /** Takes a prompt out of the queue, if it has not started. Kept until the server has it. */
  cancelPrompt(promptId: string): void {
    this.#post(this.#outbox.addCancel(promptId));
  }

  /** Answers an open approval. Kept until the approval is resolved, by this answer or another's. */
  respondApproval(response: ApprovalResponse): void {
    this.#post(this.#outbox.addApproval(response));
  }

  /** Answers an open question, by question text or header. Kept until the question is resolved. */
  respondQuestion(questionId: string, answers: Record<string, string>): void {
    this.#post(this.#outbox.addAnswer(questionId, answers));
  }

  /** Tells the stream that the network may have changed: it reconnects at once, or checks at once that the peer lives. */
  poke(): void {
    if (this.#wake === undefined) this.#socket?.probe(this.#timing.pokeMs);
    else this.#wake();
  }

  /** Ends the stream. The reader gets what has arrived, then the end. */
  close(): void {
    this.#finish({ state: 'ended', reason: 'closed' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#done;
  }

  [Symbol.asyncIterator](): AsyncIterator<SessionItem> {
    return {
      next: async () => {
        const value = await this.#queue.next();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  get #isEnded(): boolean {
    return this.#connection.state === 'ended';
  }

  async #run(): Promise<void> {
    while (!this.#isEnded) {
      try {
        const end = await this.#connect();
        if (!this.#isEnded) await this.#recover(end);
      } catch (error) {
        if (isFinal(error)) this.#finish({ state: 'ended', reason: 'refused', error });
        else this.#wait('connection_lost');
      }
      if (this.#connection.state === 'reconnecting') await this.#pause(this.#connection.retryInMs);
    }
  }

  /** One connection, from the token to its end. */
  async #connect(): Promise<SocketEnd> {
    const token = await this.#client.token(this.#rejectedToken);
    if (this.#isEnded) return { why: 'dropped' };
    this.#rejectedToken = undefined;
    this.#dropped = undefined;
    this.#liveSince = undefined;
    const socket = new SessionSocket({
      WebSocket: this.#client.WebSocket,
      url: this.#url(),
      token,
      timing: this.#timing,
      onOpen: () => this.#become({ state: 'replaying' }),
      onMessage: (data) => this.#receive(data),
    });
    this.#socket = socket;
    const end = await socket.ended;
    this.#socket = undefined;
    if (end.why === 'closed' && end.code === closeCodes.tokenExpired) this.#rejectedToken = token;
    return end;
  }

  #url(): string {
    const url = `${this.#client.baseUrl.replace(/^http/, 'ws')}/v1/sessions/${encodeURIComponent(this.#sessionId)}/ws`;
    return `${url}?after_seq=${this.#lastSeq}${this.#deltas ? '&deltas=1' : ''}`;
  }

  /** What to do after a connection ended: end the stream, or say when the next one is tried. */
  async #recover(end: SocketEnd): Promise<void> {
    if (this.#liveSince !== undefined && performance.now() - this.#liveSince >= this.#timing.steadyMs) this.#attempt = 0;
    if (end.why === 'closed' && end.code === closeCodes.sessionEnded) return this.#finish(sessionEnded(undefined));
    if (end.why === 'closed' && end.code === closeCodes.tooBig) this.#refuseLargest();
    this.#wait(this.#dropped ?? lostReason(end));
    if (end.why === 'not_opened' || (end.why === 'closed' && !end.opened)) await this.#askWhy();
  }

  /** A browser does not tell why a handshake failed; the same question over REST does. Throws if the answer is final. */
  async #askWhy(): Promise<void> {
    try {
      await this.#client.call('getSession', { params: { id: this.#sessionId }, signal: AbortSignal.timeout(this.#timing.connectMs) });
    } catch (error) {
      if (isFinal(error)) throw error;
    }
  }

  #wait(reason: LostReason): void {
    if (this.#isEnded) return;
    this.#attempt += 1;
    const wait = this.#attempt === 1 ? firstWait(reason, this.#timing, this.#random) : backoff(this.#attempt, this.#timing, this.#random);
    this.#become({ state: 'reconnecting', reason, attempt: this.#attempt, retryInMs: wait });
  }

  /** Waits, until the time is over and the reader has room, or until it is woken. */
  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (!this.#queue.isFull) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #receive(data: unknown): void {
    const weight = typeof data === 'string' ? data.length : 0;
    const frame = parseFrame(data);
    if (frame === undefined) return;
    if (frame.type === 'history') {
      for (const message of frame.messages) this.#take(message, weight / frame.messages.length);
    } else this.#take(frame, weight);
    if (this.#queue.isFull) this.#drop('slow_consumer');
  }

  #take(frame: Exclude<ParsedFrame, { type: 'history' }>, weight: number): void {
    if (this.#dropped !== undefined || this.#isEnded || frame.type === 'heartbeat') return;
    if ('seq' in frame) return this.#takeEvent(frame, weight);
    if (frame.type === 'error') this.#takeError(frame.payload);
    this.#queue.push({ type: 'live', frame }, weight);
    if (frame.type === 'session_status' && this.#connection.state !== 'live') {
      this.#liveSince = performance.now();
      this.#become({ state: 'live' });
      for (const waiting of this.#outbox.pending(frame.payload)) this.#socket?.send(waiting);
    }
  }

  #takeEvent(event: DurableEvent | UnknownFrame, weight: number): void {
    if (event.seq === undefined) return;
    if (event.seq > this.#lastSeq + 1) return this.#drop('hole');
    if (event.seq === this.#lastSeq + 1) {
      this.#lastSeq = event.seq;
      if (event.type === 'unknown') this.#queue.push({ type: 'unknown_event', name: event.name, seq: event.seq }, weight);
      else {
        this.#outbox.acknowledge(event);
        this.#queue.push({ type: 'event', event }, weight);
      }
    }
    // The end comes once more to those who have it already.
    if (event.type === 'session_end') this.#finish(sessionEnded(event.payload));
  }

  #takeError(error: SocketError): void {
    const { client_msg_id: id, retry_after_ms: afterMs } = error;
    const passing = afterMs !== undefined && (error.code === 'rate_limited' || error.code === 'unavailable');
    if (passing) this.#retryLater(id, afterMs);
    else if (id !== undefined) this.#refuse(id, error);
  }

  /** Sends a prompt again later; without an id, what else is unacknowledged: the refusal does not say which answer it is of. */
  #retryLater(id: string | undefined, afterMs: number): void {
    const key = id ?? '';
    if (this.#retries.has(key)) return;
    const again = () => {
      this.#retries.delete(key);
      for (const frame of this.#outbox.unacknowledged(id)) this.#post(frame);
    };
    this.#retries.set(key, setTimeout(again, Math.min(Math.max(afterMs, 100), 60_000)));
  }

  #refuse(id: string, error: SocketError): void {
    if (this.#outbox.dropPrompt(id)) this.#queue.push({ type: 'prompt_refused', client_msg_id: id, error }, 0);
  }

  #refuseLargest(): void {
    const id = this.#outbox.largestPrompt();
    if (id !== undefined) this.#refuse(id, { code: 'payload_too_large', message: 'The server refused this prompt: it is too large.' });
  }

  #post(frame: ClientFrame): void {
    if (this.#connection.state === 'live') this.#socket?.send(frame);
  }

  #drop(reason: LostReason): void {
    this.#dropped = reason;
    this.#socket?.drop();
  }

  #become(connection: Connection): void {
    if (this.#isEnded) return;
    this.#connection = connection;
    this.#queue.push({ type: 'connection', connection }, 0);
  }

  #finish(connection: Extract<Connection, { state: 'ended' }>): void {
    if (this.#isEnded) return;
    this.#become(connection);
    this.#queue.end();
    this.#detach();
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    this.#socket?.drop();
    this.#wake?.();
  }
}

function isFinal(error: unknown): error is ApiCallError {
  return error instanceof ApiCallError && [401, 403, 404].includes(error.status);
}

function sessionEnded(end: EventPayload<'session_end'> | undefined): Extract<Connection, { reason: 'session_ended' }> {
  return { state: 'ended', reason: 'session_ended', end };
}

function lostReason(end: SocketEnd): LostReason {
  if (end.why === 'silent') return 'silent';
  if (end.why !== 'closed') return 'connection_lost';
  if (end.code === closeCodes.tokenExpired) return 'token_expired';
  if (end.code === closeCodes.slowConsumer) return 'slow_consumer';
  if (end.code === closeCodes.restarting) return 'server_restarting';
  if (end.code === closeCodes.internal) return 'server_error';
  return 'connection_lost';
}

/** The first wait after a connection that was good: none where the server only wants a new handshake. */
function firstWait(reason: LostReason, timing: Timing, random: () => number): number {
  if (reason === 'token_expired' || reason === 'slow_consumer' || reason === 'hole' || reason === 'silent') return 0;
  const wait = backoff(1, timing, random);
  return reason === 'server_restarting' ? Math.round(wait / 2) : wait;
}

function frameBytes(frame: ClientFrame): number {
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}

/** 128 random bits in hex. `crypto.randomUUID` is missing in pages that are not served over TLS or from localhost. */
function newMessageId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
