import { BlocksInFlight, type Live, type Report } from '@ai-sessions/protocol';
import type { Reporter } from '../reporter.ts';
import type { Outbox } from './outbox.ts';
import type { IncarnationKey } from './outbox-file.ts';

/** The open link as a channel sees it. */
export interface Wire {
  /** Unsent bytes. */
  readonly backlog: number;
  /** @param sent called when the frame has been handed to the system. */
  send(frame: string, sent?: () => void): void;
}

/** Above this many unsent bytes deltas are dropped and a resend waits. */
const JAMMED_BYTES = 4 * 1024 * 1024;
const LIVE_PER_FRAME = 1000;

/**
 * The way of one incarnation to the server. What is told within one turn of the event loop travels together, in order.
 * While there is no wire deltas are dropped and reports wait in the outbox.
 */
export class Channel implements Reporter {
  readonly key: IncarnationKey;
  readonly #outbox: Outbox;
  readonly #onSettled: () => void;
  /** For a server that was restarted: what its viewers have not seen from the beginning. */
  readonly #inFlight = new BlocksInFlight();
  #wire: Wire | undefined;
  /** The last report put on the present wire. */
  #sent = 0;
  /** Deltas, and the numbers of reports, in the order in which they were told. */
  #waiting: (number | Live)[] = [];
  /** A resend waits until the socket has taken what it has. */
  #jammed = false;
  #flushing: NodeJS.Immediate | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #disowned = false;

  /** @param onSettled called once the last report of all has been acknowledged. */
  constructor(key: IncarnationKey, outbox: Outbox, onSettled: () => void) {
    this.key = key;
    this.#outbox = outbox;
    this.#onSettled = onSettled;
  }

  get final(): boolean {
    return this.#outbox.final;
  }

  get disowned(): boolean {
    return this.#disowned;
  }

  /** The server no longer counts it as this runner's: what it still tells is late, and nobody looks on. */
  disown(): void {
    this.#disowned = true;
  }

  report(report: Report): void {
    this.#outbox.append(report);
    this.#inFlight.settle(report);
    this.#wait(this.#outbox.last);
  }

  get room(): Promise<void> | undefined {
    if (!this.#outbox.crowded) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  live(live: Live): void {
    this.#inFlight.add(live);
    if (this.#wire !== undefined && !this.#disowned && this.#wire.backlog <= JAMMED_BYTES) this.#wait(live);
  }

  /** The server has all up to this number. */
  acknowledge(number: number): void {
    this.#outbox.acknowledge(number);
    if (!this.#outbox.crowded) this.#makeRoom();
    if (this.#outbox.settled) this.#onSettled();
  }

  /** The link is up: sends what is not acknowledged and the blocks in flight so far, then goes on live. */
  connect(wire: Wire): void {
    this.#wire = wire;
    this.#jammed = false;
    this.#sent = this.#outbox.acked;
    this.#sendReports(this.#outbox.last);
    if (!this.#disowned) this.#sendLive(this.#inFlight.snapshot());
  }

  disconnect(): void {
    this.#wire = undefined;
    this.#waiting = [];
  }

  /** Nobody wants its reports any more. */
  discard(): void {
    this.close();
    this.#outbox.remove();
  }

  /** Leaves what is unsent to the next runner. */
  close(): void {
    this.disconnect();
    clearImmediate(this.#flushing);
    this.#outbox.close();
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #wait(item: number | Live): void {
    if (this.#wire === undefined) return;
    this.#waiting.push(item);
    // Not a timer: it runs as soon as the input that is already there has been handled.
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    let deltas: Live[] = [];
    let upTo = 0;
    for (const item of waiting) {
      if (typeof item === 'number') {
        this.#sendLive(deltas);
        deltas = [];
        upTo = item;
        continue;
      }
      this.#sendReports(upTo);
      if (deltas.push(item) < LIVE_PER_FRAME) continue;
      this.#sendLive(deltas);
      deltas = [];
    }
    this.#sendLive(deltas);
    this.#sendReports(upTo);
  }

  #sendLive(deltas: readonly Live[]): void {
    // While a backlog of reports is on its way a delta would overtake it.
    if (deltas.length === 0 || this.#jammed) return;
    this.#wire?.send(frame('live', this.key, `"live":${JSON.stringify(deltas)}`));
  }

  #sendReports(upTo: number): void {
    while (this.#wire !== undefined && !this.#jammed && this.#sent < upTo) {
      const batch = this.#outbox.after(this.#sent, upTo - this.#sent);
      if (batch === undefined) return;
      this.#sent = batch.first + batch.count - 1;
      this.#jammed = this.#wire.backlog > JAMMED_BYTES;
      this.#wire.send(
        frame(this.#disowned ? 'late_reports' : 'reports', this.key, `"first":${batch.first},"reports":${batch.json}`),
        this.#jammed ? this.#resume(this.#wire) : undefined,
      );
    }
  }

  #resume(wire: Wire): () => void {
    return () => {
      if (this.#wire !== wire) return;
      this.#jammed = false;
      this.#sendReports(this.#outbox.last);
    };
  }
}

function frame(type: string, key: IncarnationKey, body: string): string {
  return `{"type":"${type}","session_id":${JSON.stringify(key.session_id)},"epoch":${key.epoch},${body}}`;
}
