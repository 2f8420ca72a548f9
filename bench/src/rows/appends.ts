import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type HostedSession, LinkRunner, paragraphReports } from '../link-runner.ts';
import { type Measurement, median, quantile } from '../measurement.ts';
import { pause } from '../waiting.ts';

const sessionCount = 100;
/** Reports of a session that may be unacknowledged. */
const inFlight = 32;
/** Reports of one frame: one by one, and as a runner sends what came in one go. */
const alone = 1;
const together = 8;
const warmUpMs = 1000;
const seconds = 5;
const modestPerSecond = 500;
const modestSeconds = 5;
const goalPerSecond = 8000;

/**
 * Durable appends: 100 sessions over one real link to a real server, each with up to 32 reports of 1.2 KB unacknowledged,
 * each in a frame of its own, then 8 to a frame; an acknowledged report is on disk. Then, at a modest 500 a second, the time from sending a report to its acknowledgement.
 */
export async function measureAppends({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const sessions = await runner.host(sessionCount, installation, signal);
  const rates = await flatOut(runner, sessions, alone, signal);
  const batched = await flatOut(runner, sessions, together, signal);
  const latencies = await modestly(runner, sessions, signal);
  const goal = { compared: '–', text: `≥ ${goalPerSecond.toLocaleString('en-US')}/s`, holds: median(rates) >= goalPerSecond };
  return [
    { name: `durable appends, ${sessionCount} sessions`, unit: '/s', ours: rates, goal },
    { name: `durable appends, ${together} to a frame`, unit: '/s', ours: batched },
    { name: `append acknowledged at ${modestPerSecond}/s, p50`, unit: 'ms', ours: [quantile(latencies, 0.5)] },
    { name: `append acknowledged at ${modestPerSecond}/s, p99`, unit: 'ms', ours: [quantile(latencies, 0.99)] },
  ];
}

/** Acknowledged reports in each second. */
async function flatOut(runner: LinkRunner, sessions: readonly HostedSession[], perFrame: number, signal: AbortSignal): Promise<number[]> {
  const frame = paragraphReports(perFrame);
  let running = true;
  const fill = (session: HostedSession) => {
    while (running && session.sent - session.acked + perFrame <= inFlight) runner.report(session, frame, perFrame);
  };
  runner.onAck = fill;
  for (const session of sessions) fill(session);
  await pause(warmUpMs, signal);
  const acknowledged = () => sessions.reduce((sum, session) => sum + session.acked, 0);
  const rates: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const [before, begun] = [acknowledged(), performance.now()];
    await pause(1000, signal);
    rates.push(((acknowledged() - before) * 1000) / (performance.now() - begun));
  }
  running = false;
  while (sessions.some(({ sent, acked }) => acked < sent)) await pause(10, signal);
  return rates;
}

/** Milliseconds to the acknowledgement of each report, one session after another. */
async function modestly(runner: LinkRunner, sessions: readonly HostedSession[], signal: AbortSignal): Promise<number[]> {
  const frame = paragraphReports(1);
  const total = modestPerSecond * modestSeconds;
  /** When those were sent that are not acknowledged; one acknowledgement may be of several. */
  const unacked = new Map<HostedSession, number[]>(sessions.map((session) => [session, []]));
  const latencies: number[] = [];
  runner.onAck = (session, at) => {
    const waiting = unacked.get(session) ?? [];
    latencies.push(...waiting.splice(0, waiting.length - (session.sent - session.acked)).map((sentAt) => at - sentAt));
  };
  const begun = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - begun) * modestPerSecond) / 1000));
    for (; sent < due; sent++) {
      const session = sessions[sent % sessions.length];
      if (session === undefined) continue;
      unacked.get(session)?.push(performance.now());
      runner.report(session, frame, 1);
    }
    await pause(1, signal);
  }
  while (latencies.length < total) await pause(10, signal);
  return latencies;
}
