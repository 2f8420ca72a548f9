import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CrowdOrder, CrowdSeen } from './crowd.ts';
import type { Installation } from './installation.ts';
import { inTime, pause } from './waiting.ts';

const gatherMs = 60_000;
const patienceMs = 20_000;

/** Many viewers of sessions, in a thread of their own; they come without history. */
export class CrowdOfViewers implements AsyncDisposable {
  readonly #thread: Worker;
  readonly #signal: AbortSignal;

  private constructor(order: CrowdOrder, signal: AbortSignal) {
    this.#thread = new Worker(new URL('./crowd.ts', import.meta.url), { workerData: order });
    this.#signal = signal;
  }

  /** @param sessionIds the session of each viewer. */
  static async gather(
    { url, user }: Installation,
    sessionIds: readonly string[],
    readers: number,
    signal: AbortSignal,
  ): Promise<CrowdOfViewers> {
    const { hostname: host, port } = new URL(url);
    const query = new URLSearchParams({ token: user.token, after_seq: '1000000000', deltas: '1' });
    const paths = sessionIds.map((id) => `/v1/sessions/${id}/ws?${query.toString()}`);
    const crowd = new CrowdOfViewers({ host, port: Number(port), paths, readers }, signal);
    await inTime(once(crowd.#thread, 'message'), 'the crowd is not there', signal, gatherMs);
    return crowd;
  }

  /** Waits until each has got so many events, and none more; gives the latencies since it was asked last. */
  async got(events: number): Promise<readonly number[]> {
    const latencies: number[] = [];
    const until = performance.now() + patienceMs;
    for (;;) {
      const seen = await this.seen();
      latencies.push(...seen.latencies);
      if (seen.fewest === events && seen.most === events) return latencies;
      if (performance.now() > until)
        throw new Error(`${seen.open} viewers stayed, and got ${seen.fewest} to ${seen.most} of ${events} events`);
      await pause(50, this.#signal);
    }
  }

  /** What they have seen. */
  async seen(): Promise<CrowdSeen> {
    const told = once(this.#thread, 'message');
    this.#thread.postMessage('tell');
    const [seen] = (await inTime(told, 'the crowd tells nothing', this.#signal)) as [CrowdSeen];
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }
}
