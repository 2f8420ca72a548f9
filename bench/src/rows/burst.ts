import { AgentSdkSession } from '../agent-sdk-session.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostTimes } from '../measurement.ts';
import { epochNow, pause } from '../waiting.ts';

const atOnce = 10;
const rounds = 2;
const restMs = 1000;

/** Ten sessions created at once, until each is ready; against ten of the SDK started at once. They queue for the cores instead of sharing them. */
export async function measureBurst(bench: Bench): Promise<Measurement[]> {
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < bench.rounds(rounds); round++) {
    ours.push(...(await ourBurst(bench)));
    floor.push(...(await sdkBurst(bench)));
  }
  const last = (all: readonly number[]) =>
    Array.from({ length: all.length / atOnce }, (_, round) => Math.max(...all.slice(round * atOnce, (round + 1) * atOnce)));
  return [
    { name: `${atOnce} creates at once → ready`, unit: 'ms', ours, floor, goal: atMostTimes(ours, floor, 1) },
    {
      name: `${atOnce} creates at once, the last`,
      unit: 'ms',
      ours: last(ours),
      floor: last(floor),
      goal: atMostTimes(last(ours), last(floor), 1.2),
    },
  ];
}

async function ourBurst({ installation, signal }: Bench): Promise<number[]> {
  const whole = await installation();
  const { user } = whole;
  await whole.rested(signal);
  const one = async (): Promise<{ id: string; readyMs: number }> => {
    const begun = epochNow();
    const id = await user.createSession();
    using viewer = user.view(id);
    const ready = await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    return { id, readyMs: ready - begun };
  };
  const all = await Promise.all(Array.from({ length: atOnce }, one));
  await Promise.all(all.map(({ id }) => user.endSession(id)));
  await pause(restMs, signal);
  await whole.rested(signal);
  return all.map(({ readyMs }) => readyMs);
}

async function sdkBurst({ modelUrl, signal }: Bench): Promise<number[]> {
  const all = await Promise.all(Array.from({ length: atOnce }, () => AgentSdkSession.start(modelUrl, signal)));
  await Promise.all(all.map(({ session }) => session[Symbol.asyncDispose]()));
  await pause(restMs, signal);
  return all.map(({ readyMs }) => readyMs);
}
