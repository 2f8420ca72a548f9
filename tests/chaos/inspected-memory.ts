import { WebSocket } from 'ws';

/**
 * The memory that a Node process cannot give back, read through its inspector after a garbage collection. `output` is what
 * the processes of an installation that was started with `NODE_OPTIONS=--inspect=127.0.0.1:0` have written.
 * @returns bytes of the heap in use and of what lies outside of it.
 */
export async function memoryInUse(output: string, pid: number): Promise<number> {
  for (const [, url] of output.matchAll(/Debugger listening on (ws:\S+)/g)) {
    const inspector = await Inspector.connect(url ?? '').catch(() => undefined);
    if (inspector === undefined) continue;
    using _inspector = inspector;
    if ((await inspector.evaluate('process.pid')) !== pid) continue;
    // Twice: what is freed by finalizers goes with the second.
    await inspector.call('HeapProfiler.collectGarbage');
    await inspector.call('HeapProfiler.collectGarbage');
    return Number(await inspector.evaluate('process.memoryUsage().heapUsed + process.memoryUsage().external'));
  }
  throw new Error(`process ${pid} has no inspector`);
}

class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { id, result } = JSON.parse((data as Buffer).toString()) as { id?: number; result?: unknown };
      if (id !== undefined) this.#answers.get(id)?.(result);
    });
  }

  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new Inspector(socket);
  }

  async call(method: string, params: object = {}): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return await answer;
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.call('Runtime.evaluate', { expression })) as { result: { value: unknown } };
    return result.value;
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
