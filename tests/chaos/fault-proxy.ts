import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** What can be done to a TCP connection that goes through the proxy. */
export type ConnectionFault = 'cut' | 'delay' | 'half_open' | 'slow_reader' | 'outage';

/** Bytes that may wait in one direction while they are delayed; then the sender is not read. */
const delayedBytes = 8 * 1024 * 1024;

/** A TCP proxy on the loopback in front of one port, which harms the connections through it as it is told. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #pipes = new Set<Pipe>();
  #outageUntil = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target asked at each connection, for it may move. */
  static async listen(target: () => number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new FaultProxy(server);
    server.on('connection', (client) => proxy.#accept(client, target()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#pipes.size;
  }

  /**
   * Harms one connection, chosen by `share` (0 ≤ x < 1) among those that are whole; an outage harms all.
   * @returns the local ports of those that dialled; empty when there was none to harm.
   */
  harm(fault: ConnectionFault, share: number, forMs: number): number[] {
    const whole = [...this.#pipes].filter((pipe) => pipe.whole);
    if (fault === 'outage') {
      this.#outageUntil = performance.now() + forMs;
      for (const pipe of whole) pipe.cut();
      return whole.map((pipe) => pipe.port);
    }
    const pipe = whole[Math.floor(share * whole.length)];
    if (pipe === undefined) return [];
    if (fault === 'cut') pipe.cut();
    else if (fault === 'delay') pipe.delay(forMs);
    else if (fault === 'slow_reader') pipe.hold(forMs);
    else pipe.freeze();
    return [pipe.port];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pipe of this.#pipes) pipe.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket, port: number): void {
    if (performance.now() < this.#outageUntil) return void client.on('error', () => {}).resetAndDestroy();
    const pipe = new Pipe(client, connect({ port, host: '127.0.0.1', allowHalfOpen: true }), () => this.#pipes.delete(pipe));
    this.#pipes.add(pipe);
  }
}

/** One connection through the proxy: the side that dialled and the side of the target. */
class Pipe {
  readonly port: number;
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();
  #delayMs = 0;
  #frozen = false;
  #harmed = false;
  #over = false;

  constructor(client: Socket, target: Socket, onClose: () => void) {
    this.#client = client;
    this.#target = target;
    this.port = client.remotePort ?? 0;
    this.#carry(client, target);
    this.#carry(target, client);
    let open = 2;
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        // Frozen, neither side hears of the other's end.
        if (!this.#frozen) other.destroy();
        if (--open > 0) return;
        for (const timer of this.#timers) clearTimeout(timer);
        onClose();
      });
    }
  }

  get whole(): boolean {
    return !this.#harmed && !this.#over;
  }

  /** Breaks it at once, as when a machine between the two restarts. */
  cut(): void {
    this.#over = true;
    this.#frozen = false;
    if (this.#client.connecting || this.#client.destroyed) this.#client.destroy();
    else this.#client.resetAndDestroy();
    if (this.#target.connecting || this.#target.destroyed) this.#target.destroy();
    else this.#target.resetAndDestroy();
  }

  /** Nothing gets through any more in either direction, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
    this.#harmed = true;
  }

  /** For a while everything takes 300 ms longer. */
  delay(forMs: number): void {
    this.#during(forMs, () => (this.#delayMs = 300))(() => (this.#delayMs = 0));
  }

  /** For a while nothing is read of what the target sends. */
  hold(forMs: number): void {
    this.#during(forMs, () => this.#target.pause())(() => this.#target.resume());
  }

  #during(forMs: number, begin: () => void): (end: () => void) => void {
    this.#harmed = true;
    begin();
    return (end) => {
      this.#later(forMs, () => {
        this.#harmed = false;
        end();
      });
    };
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #carry(from: Socket, to: Socket): void {
    const queue: { due: number; bytes: number; act: () => void }[] = [];
    let waiting = 0;
    const drain = () => {
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        // Timers count in whole milliseconds and may come in another order: only the head of the queue has one.
        const wait = Math.ceil(next.due - performance.now());
        if (wait > 0) return this.#later(wait, drain);
        queue.shift();
        waiting -= next.bytes;
        if (waiting <= delayedBytes && from.isPaused()) from.resume();
        next.act();
      }
    };
    const inOrder = (bytes: number, act: () => void) => {
      if (queue.length === 0 && this.#delayMs === 0) return act();
      queue.push({ due: performance.now() + this.#delayMs, bytes, act });
      waiting += bytes;
      if (waiting > delayedBytes) from.pause();
      if (queue.length === 1) drain();
    };
    from.on('data', (chunk) => {
      if (this.#frozen) return;
      inOrder(chunk.length, () => {
        if (this.#frozen || to.destroyed) return;
        if (to.write(chunk)) return;
        from.pause();
        to.once('drain', () => from.resume());
      });
    });
    from.on('end', () => {
      if (this.#frozen) return void from.end();
      inOrder(0, () => to.end());
    });
  }
}
