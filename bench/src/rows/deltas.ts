import type { AssistantDelta } from '@ai-sessions/protocol';
import { readSyntheticDeltas, scriptPrompt } from '@ai-sessions/scripted-model';
import { textDelta } from '../agent-sdk-session.ts';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostMore, atMostTimes, quantile } from '../measurement.ts';
import { cpuMsOf } from '../process-cpu.ts';
import { type WarmPair, warmPair } from '../warm-pair.ts';

const count = 2000;
const perSecond = 1000;
const rounds = 5;

interface Heard {
  readonly text: string;
  readonly at: number;
}

/**
 * The model sends 2,000 deltas at 1,000 a second, each with its index and the moment it was sent; latency is arrival less
 * that, for a WebSocket viewer and for a reader of the SDK in its own process. Each round gives its own p50 and p99; the
 * first round warms the code up and does not count. A missing, doubled or reordered delta is an error.
 */
export async function measureDeltas(bench: Bench): Promise<Measurement[]> {
  await using pair = await warmPair(bench);
  const prompt = scriptPrompt([{ deltas: { count, per_second: perSecond } }]);
  const p99 = { ours: [] as number[], floor: [] as number[] };
  const spread = { ours: [] as number[], floor: [] as number[] };
  const cpu: number[] = [];
  const p50 = (latencies: readonly number[], side: keyof typeof p99) => {
    p99[side].push(quantile(latencies, 0.99));
    spread[side].push(...latencies);
    return quantile(latencies, 0.5);
  };
  const { server, runner } = await bench.installation();
  const used = () => cpuMsOf(server.pid) + cpuMsOf(runner?.pid ?? server.pid);
  const ours = async () => {
    const before = used();
    const latencies = await viewerLatencies(pair, prompt);
    cpu.push(((used() - before) * 1000) / count);
    return latencies;
  };
  const sdk = () => sdkLatencies(pair, prompt);

  await ours();
  await sdk();
  cpu.length = 0;
  const samples = await alternate(
    bench.rounds(rounds),
    async () => p50(await ours(), 'ours'),
    async () => p50(await sdk(), 'floor'),
  );
  return [
    { name: 'delta latency p50', unit: 'ms', ...samples, spread, goal: atMostMore(samples.ours, samples.floor, 1) },
    { name: 'delta latency p99', unit: 'ms', ...p99, goal: atMostTimes(p99.ours, p99.floor, 1.5) },
    { name: 'processor time of a delta, server and runner', unit: 'µs', ours: cpu },
  ];
}

export async function viewerLatencies({ viewer, ourTurn }: WarmPair, prompt: string, expected = count): Promise<number[]> {
  const frames: { data: Buffer; at: number }[] = [];
  const leave = viewer.listen((data, at) => frames.push({ data, at }));
  await ourTurn(prompt, () => Promise.resolve());
  leave();
  return latencies(
    frames.flatMap(({ data, at }): Heard[] => {
      const frame = JSON.parse(data.toString()) as { type: string; payload: AssistantDelta };
      return frame.type === 'assistant_delta' ? [{ text: frame.payload.text ?? '', at }] : [];
    }),
    expected,
  );
}

export async function sdkLatencies({ sdk, sdkTurn }: WarmPair, prompt: string, expected = count): Promise<number[]> {
  const heard: Heard[] = [];
  const leave = sdk.listen((message, at) => {
    const text = textDelta(message);
    if (text !== undefined) heard.push({ text, at });
  });
  await sdkTurn(prompt, () => Promise.resolve());
  leave();
  return latencies(heard, expected);
}

function latencies(heard: readonly Heard[], expected: number): number[] {
  const deltas = heard.flatMap(({ text, at }) => readSyntheticDeltas(text).map(({ index, sentAt }) => ({ index, latency: at - sentAt })));
  if (deltas.length !== expected || deltas.some(({ index }, place) => index !== place))
    throw new Error(`${deltas.length} of ${expected} deltas came, or not in their order`);
  return deltas.map(({ latency }) => latency);
}
