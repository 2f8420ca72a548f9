import type { Bench } from '../bench.ts';
import { CrowdOfViewers } from '../crowd-of-viewers.ts';
import { Installation } from '../installation.ts';
import { type HostedSession, LinkRunner, wordsReport } from '../link-runner.ts';
import { type Measurement, atMostMore, quantile } from '../measurement.ts';
import { epochNow, pause } from '../waiting.ts';

const viewers = 1000;
const readers = 20;
const perSecond = 100;
const seconds = 10;
const extraMs = 5;

/**
 * A session that makes 100 events of 0.4 KB a second, watched by 1,000 viewers and by one: how long its runner waits for the acknowledgement of
 * each event, and when it is at the viewers. Each of them has to get each event.
 */
export async function measureFanOut({ modelUrl, signal, rounds }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const [session] = await runner.host(1, installation, signal);
  if (session === undefined) throw new Error('no session');

  async function watchedBy(count: number): Promise<{ acks: number[]; latencies: readonly number[] }> {
    const ids = Array.from({ length: count }, () => session?.id ?? '');
    await using crowd = await CrowdOfViewers.gather(installation, ids, Math.min(count, readers), signal);
    await stream(runner, session as HostedSession, 1, signal);
    await crowd.got(perSecond);
    const acks = await stream(runner, session as HostedSession, rounds(seconds), signal);
    const latencies = await crowd.got(perSecond + acks.length);
    return { acks, latencies };
  }

  const one = await watchedBy(1);
  const many = await watchedBy(viewers);
  const of = `${viewers.toLocaleString('en-US')} viewers`;
  return [
    {
      name: `${of} at ${perSecond}/s: acknowledged, p50 (floor: one)`,
      unit: 'ms',
      ours: many.acks,
      floor: one.acks,
      goal: atMostMore(many.acks, one.acks, extraMs, 'one viewer'),
    },
    { name: `${of}: event → viewer p50`, unit: 'ms', ours: [quantile(many.latencies, 0.5)] },
    { name: `${of}: event → viewer p99`, unit: 'ms', ours: [quantile(many.latencies, 0.99)] },
  ];
}

/** Gives the milliseconds to each acknowledgement. */
async function stream(runner: LinkRunner, session: HostedSession, forSeconds: number, signal: AbortSignal): Promise<number[]> {
  const total = perSecond * forSeconds;
  const sentAt = new Map<number, number>();
  const acks: number[] = [];
  let acked = session.acked;
  runner.onAck = (of, at) => {
    for (; acked < of.acked; acked++) acks.push(at - (sentAt.get(acked + 1) ?? Number.NaN));
  };
  const begun = performance.now();
  for (let sent = 0; sent < total;) {
    for (const due = Math.min(total, Math.floor(((performance.now() - begun) * perSecond) / 1000)); sent < due; sent++) {
      sentAt.set(session.sent + 1, performance.now());
      runner.report(session, `[${wordsReport(`@${epochNow().toFixed(3)}@ ${'word '.repeat(40)}`)}]`, 1);
    }
    await pause(2, signal);
  }
  while (acks.length < total) await pause(10, signal);
  return acks;
}
