import { PublishedContract } from '@ai-sessions/published-contract';
import { type ContentBlock, type DurableEvent, type ServerFrame, type Session, serverFrame, session } from '@ai-sessions/protocol';
import { WebSocket } from 'ws';
import { contractBroken } from './contract-broken.ts';
import { until } from './until.ts';

/** A person with a token: REST calls and viewers of sessions. */
export class User {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  /** Calls the API, and holds the reply against the published document. With `expected`, any other status is an error. */
  async call(method: string, path: string, body?: unknown, expected?: number): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (expected !== undefined && response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const fault = (await PublishedContract.of(this.url)).replyFault(method, path, response.status, text);
    if (fault !== undefined) throw new Error(fault);
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async createSession(settings: Record<string, unknown> = {}): Promise<Session> {
    return session.parse((await this.call('POST', '/v1/sessions', settings, 201)).body['session']);
  }

  async session(id: string): Promise<Session> {
    return session.parse((await this.call('GET', `/v1/sessions/${id}`, undefined, 200)).body['session']);
  }

  /** Waits until the session is as described. */
  async sessionBecomes(id: string, wanted: Partial<Session>): Promise<Session> {
    let now = await this.session(id);
    const matches = () => (Object.keys(wanted) as (keyof Session)[]).every((key) => now[key] === wanted[key]);
    await until(
      async () => {
        now = await this.session(id);
        return matches();
      },
      () => `the session did not become ${JSON.stringify(wanted)}: ${JSON.stringify(now)}`,
    );
    return now;
  }

  /** Ends every session of the user. */
  async endAll(): Promise<void> {
    for (const filter of ['pending', 'running']) {
      const { body } = await this.call('GET', `/v1/sessions?status=${filter}&limit=200`, undefined, 200);
      for (const { id } of body['sessions'] as Session[]) await this.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    }
  }

  async history(id: string): Promise<DurableEvent[]> {
    const events: DurableEvent[] = [];
    for (;;) {
      const { body } = await this.call(
        'GET',
        `/v1/sessions/${id}/history?after_seq=${String(events.at(-1)?.seq ?? 0)}&limit=1000`,
        undefined,
        200,
      );
      events.push(...(body['messages'] as DurableEvent[]));
      if (body['more'] !== true) return events;
    }
  }

  view(sessionId: string, options: { afterSeq?: number; deltas?: boolean } = {}): Promise<Viewer> {
    const query = new URLSearchParams({
      token: this.token,
      after_seq: String(options.afterSeq ?? 0),
      deltas: options.deltas === true ? '1' : '0',
    });
    return Viewer.open(`${this.url.replace('http', 'ws')}/v1/sessions/${sessionId}/ws?${query.toString()}`);
  }
}

/** One WebSocket on a session. Every frame it gets is checked against the contract, and against the document that the server publishes of it. */
export class Viewer {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  /** Durable events in the order they came, those of history frames included. */
  readonly events: DurableEvent[] = [];
  readonly faults: string[] = [];
  closeCode: number | null = null;

  private constructor(socket: WebSocket, published: PublishedContract) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('close', (code) => (this.closeCode = code));
    socket.on('message', (data) => {
      const frame = serverFrame.safeParse(JSON.parse((data as Buffer).toString()));
      if (!frame.success) {
        this.#fault(`${(data as Buffer).toString().slice(0, 300)}: ${JSON.stringify(frame.error.issues).slice(0, 500)}`);
        return;
      }
      const fault = published.frameFault((data as Buffer).toString());
      if (fault !== undefined) this.#fault(fault);
      const received = frame.data as ServerFrame;
      this.frames.push(received);
      if (received.type === 'history') this.events.push(...(received.payload.messages as DurableEvent[]));
      else if ('seq' in received) this.events.push(received);
    });
  }

  static async open(url: string): Promise<Viewer> {
    const published = await PublishedContract.of(new URL(url).origin.replace('ws', 'http'));
    const viewer = new Viewer(new WebSocket(url), published);
    await new Promise<void>((resolve, reject) => {
      viewer.socket.once('open', resolve);
      viewer.socket.once('error', reject);
    });
    return viewer;
  }

  send(type: string, payload?: unknown): void {
    this.socket.send(JSON.stringify(payload === undefined ? { type } : { type, payload }));
  }

  prompt(text: string, clientMessageId?: string): void {
    this.send('prompt', { text, ...(clientMessageId === undefined ? {} : { client_msg_id: clientMessageId }) });
  }

  /** Waits for the first frame that fits, among those that came already and those to come. */
  async frame<T extends ServerFrame['type']>(
    type: T,
    fits: (frame: Extract<ServerFrame, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerFrame, { type: T }>> {
    const find = () =>
      [...this.events, ...this.frames].find(
        (frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type && fits(frame as Extract<ServerFrame, { type: T }>),
      );
    await until(
      () => find() !== undefined || this.faults.length > 0,
      () => `no ${type} came; there were: ${this.summary()}`,
    );
    const found = find();
    if (found === undefined) throw new Error(`frames that break the contract: ${this.faults.join('\n')}`);
    return found;
  }

  /** The result of the n-th turn, counted from 1. */
  async result(nth = 1): Promise<Extract<DurableEvent, { type: 'result' }>['payload']> {
    const results = () => this.events.flatMap((event) => (event.type === 'result' ? [event.payload] : []));
    await until(
      () => results().length >= nth,
      () => `no ${nth}. result came; there were: ${this.summary()}`,
    );
    return results()[nth - 1] as Extract<DurableEvent, { type: 'result' }>['payload'];
  }

  /** All text that Claude wrote. */
  text(): string {
    return this.events
      .flatMap((event) => (event.type === 'assistant' ? event.payload.content : []))
      .map((block) => textOf(block))
      .join('\n');
  }

  async closed(): Promise<number> {
    await until(
      () => this.closeCode !== null,
      () => `the socket stayed open: ${this.summary()}`,
    );
    return this.closeCode ?? 0;
  }

  close(): void {
    this.socket.terminate();
  }

  #fault(fault: string): void {
    this.faults.push(fault);
    contractBroken(fault);
  }

  /** What came, for the complaint of a test that waited in vain. */
  summary(): string {
    const live = this.frames.filter((frame) => !('seq' in frame) && frame.type !== 'history').slice(-8);
    return [...this.events, ...live]
      .map((frame) => `${'seq' in frame ? frame.seq : ''}${frame.type} ${JSON.stringify(frame.payload).slice(0, 160)}`)
      .join('\n  ');
  }
}

/** The text of a content block; empty for one that has none. */
export function textOf(block: ContentBlock): string {
  return typeof block['text'] === 'string' ? block['text'] : '';
}

/** A prompt that makes the scripted model play these steps. */
export function script(...steps: readonly object[]): string {
  return `!script ${JSON.stringify({ steps })}`;
}
