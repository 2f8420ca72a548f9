import { type DurableEvent, type ServerFrame, closeCodes, serverFrame } from '@ai-sessions/protocol';
import { WebSocket } from 'ws';
import { type Journal, seenEvent } from './journal.ts';

export interface RawViewerOptions {
  /** Base URL, http. */
  readonly url: string;
  readonly token: string;
  readonly sessionId: string;
  readonly journal: Journal;
  readonly deltas: boolean;
  /** Now and then it reads nothing for so many milliseconds. */
  readonly dozesMs: number;
}

const silenceMs = 2000;
const connectMs = 4000;
const retryMs = 150;
const dozeEveryMs = 4000;

/** A viewer that knows only the contract: a WebSocket with `after_seq`, opened again whenever it is gone, until 4100. */
export class RawViewer {
  readonly faults: string[] = [];
  readonly #options: RawViewerOptions;
  readonly #ended = Promise.withResolvers<void>();
  lastSeq = 0;
  #socket: WebSocket | undefined;
  #stopped = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: RawViewerOptions) {
    this.#options = options;
    options.journal.note({ kind: 'opened', afterSeq: 0 });
    this.#connect();
  }

  /** Resolves when the session has ended, or the viewer was stopped. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.terminate();
    this.#ended.resolve();
  }

  #connect(): void {
    const { url, token, sessionId, journal, deltas, dozesMs } = this.#options;
    const query = `after_seq=${this.lastSeq}${deltas ? '&deltas=1' : ''}`;
    journal.note({ kind: 'connection', state: 'connecting' });
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/sessions/${sessionId}/ws?${query}`, ['access_token', token], {
      handshakeTimeout: connectMs,
      perMessageDeflate: false,
      maxPayload: 64 * 1024 * 1024,
    });
    this.#socket = socket;
    let heardAt = performance.now();
    let dozing = false;
    const watch = setInterval(() => {
      if (dozing || socket.readyState !== socket.OPEN) return;
      if (performance.now() - heardAt > 2 * silenceMs) socket.terminate();
      else if (performance.now() - heardAt > silenceMs) socket.send('{"type":"heartbeat"}');
    }, silenceMs / 2);
    const doze = setInterval(() => {
      if (dozesMs === 0 || socket.readyState !== socket.OPEN) return;
      dozing = true;
      socket.pause();
      setTimeout(() => {
        dozing = false;
        // What it does not read it cannot miss.
        heardAt += dozesMs;
        socket.resume();
      }, dozesMs);
    }, dozeEveryMs);
    this.#timers = [watch, doze];
    socket.on('error', () => {});
    socket.on('message', (data) => {
      heardAt = performance.now();
      this.#receive((data as Buffer).toString());
    });
    socket.once('close', (code) => {
      for (const timer of this.#timers) clearInterval(timer);
      if (this.#stopped) return;
      journal.note({ kind: 'connection', state: 'closed', reason: String(code) });
      if (code === closeCodes.sessionEnded) this.#ended.resolve();
      else setTimeout(() => !this.#stopped && this.#connect(), retryMs);
    });
  }

  #receive(text: string): void {
    if (this.#stopped) return;
    const parsed = serverFrame.safeParse(JSON.parse(text));
    if (!parsed.success) return void this.faults.push(`${text.slice(0, 200)}: ${JSON.stringify(parsed.error.issues).slice(0, 300)}`);
    const frame = parsed.data as ServerFrame;
    const { journal } = this.#options;
    if (frame.type === 'history') for (const event of frame.payload.messages) this.#take(event);
    else if ('seq' in frame) this.#take(frame);
    else if (frame.type === 'assistant_delta') journal.note({ kind: 'delta', delta: frame.payload });
    else if (frame.type === 'session_status') journal.note({ kind: 'connection', state: 'live' });
  }

  #take(event: DurableEvent): void {
    // One that comes once more on purpose: the end of a session that had ended before.
    if (event.type === 'session_end' && event.seq === this.lastSeq) return;
    this.lastSeq = event.seq;
    this.#options.journal.note(seenEvent(event));
  }
}
