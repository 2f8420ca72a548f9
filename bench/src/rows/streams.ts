import { scriptPrompt } from '@ai-sessions/scripted-model';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostMore, atMostTimes, quantile } from '../measurement.ts';
import { type WarmPair, warmPair } from '../warm-pair.ts';
import { sdkLatencies, viewerLatencies } from './deltas.ts';

const sessions = 10;
const count = 300;
const perSecond = 100;
const rounds = 4;

/** As `deltas`, with ten sessions that stream at once, each at 100 a second; against ten of the SDK. All latencies of a round count together. */
export async function measureStreams(bench: Bench): Promise<Measurement[]> {
  await using parts = new AsyncDisposableStack();
  const pairs: WarmPair[] = [];
  for (let n = 0; n < sessions; n++) pairs.push(parts.use(await warmPair(bench)));
  const prompt = scriptPrompt([{ deltas: { count, per_second: perSecond } }]);
  const p99 = { ours: [] as number[], floor: [] as number[] };
  const sides = { ours: viewerLatencies, floor: sdkLatencies };
  const round = (side: keyof typeof sides) => async () => {
    const all = (await Promise.all(pairs.map((pair) => sides[side](pair, prompt, count)))).flat();
    p99[side].push(quantile(all, 0.99));
    return quantile(all, 0.5);
  };
  await alternate(1, round('ours'), round('floor'));
  p99.ours.length = 0;
  p99.floor.length = 0;
  const samples = await alternate(bench.rounds(rounds), round('ours'), round('floor'));
  return [
    { name: `${sessions} sessions streaming: delta latency p50`, unit: 'ms', ...samples, goal: atMostMore(samples.ours, samples.floor, 1) },
    { name: `${sessions} sessions streaming: delta latency p99`, unit: 'ms', ...p99, goal: atMostTimes(p99.ours, p99.floor, 1.5) },
  ];
}
