import { AgentSdkSession } from '../agent-sdk-session.ts';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostTimes } from '../measurement.ts';
import { epochNow, pause } from '../waiting.ts';

const rounds = 8;
/** Until the processes of the round before are gone. */
const restMs = 400;

/**
 * A cold start: from `POST /v1/sessions` until a WebSocket sees the session `running`, in its sandbox and able to take a
 * prompt; against `query()` until `initializationResult()`, without a sandbox. The first round warms the disk cache and
 * does not count.
 */
export async function measureReady(bench: Bench): Promise<Measurement[]> {
  const { modelUrl, signal } = bench;
  const { user } = await bench.installation();

  async function ours(): Promise<number> {
    const begun = epochNow();
    const id = await user.createSession();
    using viewer = user.view(id);
    const ready = await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    const ended = viewer.arrival('session_end', signal);
    await user.endSession(id);
    await ended;
    await pause(restMs, signal);
    return ready - begun;
  }

  async function sdk(): Promise<number> {
    const { session, readyMs } = await AgentSdkSession.start(modelUrl, signal);
    await session[Symbol.asyncDispose]();
    await pause(restMs, signal);
    return readyMs;
  }

  await alternate(1, ours, sdk);
  const samples = await alternate(rounds, ours, sdk);
  return [{ name: 'create → ready', unit: 'ms', ...samples, goal: atMostTimes(samples.ours, samples.floor, 1.1) }];
}
