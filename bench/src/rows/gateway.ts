import { Agent, type IncomingMessage, request } from 'node:http';
import { readSyntheticDeltas, scriptPrompt } from '@ai-sessions/scripted-model';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { LinkRunner } from '../link-runner.ts';
import { type Measurement, atMostMore, quantile } from '../measurement.ts';
import { epochNow, inTime } from '../waiting.ts';

const firstByteRounds = 40;
const chunkRounds = 5;
const chunks = { count: 1000, per_second: 1000 };

interface Target {
  readonly url: string;
  readonly token: string;
  readonly agent: Agent;
}

/**
 * What the model gateway adds to a streaming call, called as a runner calls it with a session's token, against the
 * scripted model called directly, over kept connections: the time to the first byte, and the delay of each chunk.
 * (The runner's own socket proxy is not in it; the delta rows hold the whole way.)
 */
export async function measureGateway({ modelUrl, signal, rounds }: Bench): Promise<Measurement[]> {
  await using parts = new AsyncDisposableStack();
  const installation = parts.use(await Installation.start({ modelUrl, runner: false, signal }));
  const runner = parts.use(await LinkRunner.connect(installation, signal));
  const [session] = await runner.host(1, installation, signal);
  const agent = parts.adopt(new Agent({ keepAlive: true }), (used) => used.destroy());
  const gateway = { url: `${installation.url}/internal/gateway`, token: session?.gatewayToken ?? '', agent };
  const direct = { url: modelUrl, token: 'sk-ant-bench', agent };

  const short = scriptPrompt([{ text: 'Hello.' }]);
  const firstByte = async (target: Target) => (await call(target, short, signal)).firstByteMs;
  const long = scriptPrompt([{ deltas: chunks }]);
  const chunkDelay = async (target: Target) => quantile((await call(target, long, signal)).delays, 0.5);
  await alternate(
    3,
    () => firstByte(gateway),
    () => firstByte(direct),
  );
  const first = await alternate(
    rounds(firstByteRounds),
    () => firstByte(gateway),
    () => firstByte(direct),
  );
  await alternate(
    1,
    () => chunkDelay(gateway),
    () => chunkDelay(direct),
  );
  const chunk = await alternate(
    rounds(chunkRounds),
    () => chunkDelay(gateway),
    () => chunkDelay(direct),
  );
  return [
    { name: 'gateway: first byte (floor: direct)', unit: 'ms', ...first, goal: atMostMore(first.ours, first.floor, 2, 'direct') },
    { name: 'gateway: chunk delay p50 (floor: direct)', unit: 'ms', ...chunk, goal: atMostMore(chunk.ours, chunk.floor, 0.2, 'direct') },
  ];
}

/** One streaming call; gives the milliseconds to its first byte and those each synthetic delta took. */
async function call(
  { url, token, agent }: Target,
  prompt: string,
  signal: AbortSignal,
): Promise<{ firstByteMs: number; delays: number[] }> {
  const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 1000, stream: true, messages: [{ role: 'user', content: prompt }] });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
  const begun = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(`${url}/v1/messages`, { method: 'POST', agent, headers, signal }, resolve);
  sent.once('error', reject);
  sent.end(body);
  const answer = await inTime(promise, 'the model does not answer', signal);
  if (answer.statusCode !== 200) throw new Error(`the model call was answered with ${answer.statusCode}`);
  let firstByteMs = Number.NaN;
  const received: { text: string; at: number }[] = [];
  for await (const data of answer as AsyncIterable<Buffer>) {
    if (received.length === 0) firstByteMs = performance.now() - begun;
    received.push({ text: data.toString(), at: epochNow() });
  }
  const delays = received.flatMap(({ text, at }) => readSyntheticDeltas(text.replaceAll('"', ' ')).map(({ sentAt }) => at - sentAt));
  return { firstByteMs, delays };
}
