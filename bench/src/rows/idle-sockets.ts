import type { Bench } from '../bench.ts';
import { CrowdOfViewers } from '../crowd-of-viewers.ts';
import { Installation } from '../installation.ts';
import { LinkRunner } from '../link-runner.ts';
import { type Measurement, median } from '../measurement.ts';
import { residentMemoryOf } from '../process-memory.ts';
import { pause } from '../waiting.ts';

const sockets = 10_000;
const warmUps = 500;
const sessions = 100;
const restMs = 12_000;
const samples = 5;
const goalKb = 15;

/** What a viewer that is attached and to whom nothing happens costs the server: its resident memory with 10,000 of them, over 100 sessions, less that before. */
export async function measureIdleSockets({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const hosted = await runner.host(sessions, installation, signal);
  const ids = (count: number) => Array.from({ length: count }, (_, n) => hosted[n % sessions]?.id ?? '');
  // Compiled code and the buffers of the first are not to count.
  await (await CrowdOfViewers.gather(installation, ids(warmUps), 0, signal))[Symbol.asyncDispose]();
  const before = await settled(installation, signal);
  await using crowd = await CrowdOfViewers.gather(installation, ids(sockets), 0, signal);
  const after = await settled(installation, signal);
  const { open } = await crowd.seen();
  if (open !== sockets) throw new Error(`${open} of ${sockets} sockets are open`);
  const each = ((after - before) * 1024) / sockets;
  const goal = { compared: '–', text: `≤ ${goalKb} KB`, holds: each <= goalKb };
  return [{ name: `memory of an idle socket, of ${sockets.toLocaleString('en-US')}`, unit: 'KB', ours: [each], goal }];
}

async function settled({ server }: Installation, signal: AbortSignal): Promise<number> {
  await pause(restMs, signal);
  const all: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    all.push(residentMemoryOf(server.pid));
    await pause(200, signal);
  }
  return median(all);
}
