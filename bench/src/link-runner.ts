import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type LinkFrame, type Report, type RunnerFrame, linkFrame } from '@ai-sessions/protocol';
import { WebSocket } from 'ws';
import type { Installation } from './installation.ts';
import { inTime } from './waiting.ts';

/** A session that was assigned to this runner. */
export interface HostedSession {
  readonly id: string;
  readonly epoch: number;
  /** Bearer of its model calls. */
  readonly gatewayToken: string;
  /** Number of the last report sent. */
  sent: number;
  /** Number of the last report the server has. */
  acked: number;
}

const capacity = 10_000;

/** A runner without Claude Code: links to a real server, takes sessions as ready at once, and reports what the bench wants. */
export class LinkRunner implements Disposable {
  readonly #socket: WebSocket;
  readonly #sessions = new Map<string, HostedSession>();
  readonly #assigned = new Map<string, (session: HostedSession) => void>();
  readonly #welcome = Promise.withResolvers<void>();
  /** Called for each acknowledgement, with the moment (`performance.now()`) it arrived. */
  onAck: (session: HostedSession, at: number) => void = () => {};

  private constructor(url: string, token: string) {
    this.#welcome.promise.catch(() => {});
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/internal/link`, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    this.#socket.on('open', () =>
      this.#send({
        type: 'hello',
        runner_id: 'bench',
        boot_id: 'bench',
        capacity,
        sandbox: 'bench',
        claude_version: '0',
        sessions: [],
        stored: [],
      }),
    );
    this.#socket.on('error', (error) => this.#welcome.reject(error));
    this.#socket.on('close', (code, why) => this.#welcome.reject(new Error(`the server closed the link: ${code} ${why.toString()}`)));
    this.#socket.on('message', (data) => this.#receive((data as Buffer).toString()));
  }

  static async connect({ url, dataDir }: Installation, signal: AbortSignal): Promise<LinkRunner> {
    const token = (await readFile(path.join(dataDir, 'runner.token'), 'utf8')).trim();
    const runner = new LinkRunner(url, token);
    await inTime(runner.#welcome.promise, 'the server does not welcome the runner', signal);
    return runner;
  }

  /** Creates so many sessions and waits until each is assigned here and has been reported ready. */
  async host(count: number, { user }: Installation, signal: AbortSignal): Promise<HostedSession[]> {
    const sessions: HostedSession[] = [];
    for (let index = 0; index < count; index++) {
      const id = await user.createSession();
      const assigned = Promise.withResolvers<HostedSession>();
      const known = this.#sessions.get(id);
      if (known === undefined) this.#assigned.set(id, assigned.resolve);
      else assigned.resolve(known);
      sessions.push(await inTime(assigned.promise, 'a session was not assigned', signal));
    }
    return sessions;
  }

  /** Sends one report; resolves with the milliseconds to its acknowledgement, and calls no `onAck` meanwhile. */
  async acknowledged(session: HostedSession, json: string, signal: AbortSignal): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const others = this.onAck;
    this.onAck = (of, at) => {
      if (of === session && session.acked === session.sent) resolve(at);
    };
    const begun = performance.now();
    this.report(session, `[${json}]`, 1);
    try {
      return (await inTime(promise, 'no acknowledgement came', signal)) - begun;
    } finally {
      this.onAck = others;
    }
  }

  /** Sends reports, given as a JSON array of so many. */
  report(session: HostedSession, json: string, count: number): void {
    const first = session.sent + 1;
    session.sent += count;
    this.#socket.send(`{"type":"reports","session_id":"${session.id}","epoch":${session.epoch},"first":${first},"reports":${json}}`);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    // The one frame that comes thousands of times is not to cost the bench a schema.
    if (text.startsWith('{"type":"ack"')) return this.#acknowledged(JSON.parse(text) as Extract<LinkFrame, { type: 'ack' }>);
    const frame = linkFrame.parse(JSON.parse(text));
    if (frame.type === 'welcome') this.#welcome.resolve();
    if (frame.type === 'ping') this.#send({ type: 'pong' });
    if (frame.type === 'hibernate') this.#hibernate(frame.session_id);
    if (frame.type !== 'assign') return;
    const { session_id: id, epoch, gateway_token: gatewayToken } = frame.spec;
    const session = { id, epoch, gatewayToken, sent: 0, acked: 0 };
    this.#sessions.set(id, session);
    this.report(session, JSON.stringify([{ kind: 'ready', recovered: false } satisfies Report]), 1);
    this.#assigned.get(id)?.(session);
  }

  /** A session that is to sleep does so at once: there is no process to end. */
  #hibernate(id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.report(session, JSON.stringify([{ kind: 'hibernated' } satisfies Report]), 1);
    this.#sessions.delete(id);
    this.#assigned.delete(id);
  }

  #acknowledged({ session_id, number }: Extract<LinkFrame, { type: 'ack' }>): void {
    const at = performance.now();
    const session = this.#sessions.get(session_id);
    if (session === undefined) return;
    session.acked = number;
    this.onAck(session, at);
  }

  #send(frame: RunnerFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** A report of about 1.2 KB as it comes of a paragraph of Claude's, as JSON. */
function paragraphReport(): string {
  return wordsReport('The quick brown fox jumps over the lazy dog, again and again. '.repeat(17));
}

/** So many of them as a JSON array. */
export function paragraphReports(count: number): string {
  return `[${Array.from({ length: count }, paragraphReport).join(',')}]`;
}

/** A short report of some words, as JSON. */
export function wordsReport(text: string): string {
  const payload = { message_id: 'msg_01BenchBenchBenchBench', model: 'claude-opus-5-5', content: [{ type: 'text', text }] };
  return JSON.stringify({ kind: 'event', type: 'assistant', payload } satisfies Report);
}
