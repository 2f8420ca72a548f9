import type { DurableEvent } from '@ai-sessions/protocol';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type HostedSession, LinkRunner, paragraphReports } from '../link-runner.ts';
import { type Measurement, median } from '../measurement.ts';
import type { User } from '../user.ts';
import { epochNow, inTime, pause } from '../waiting.ts';

const events = 10_000;
const recent = 100;
const rounds = 9;
const perFrame = 100;
const inFlight = 2000;
const goalMs = 100;

/**
 * A viewer that comes to a session of 10,000 events of 1.2 KB: from dialling the WebSocket until the newest event has
 * arrived, with `after_seq=0` and with all but the last 100 known. Afterwards it is checked that all came, in order.
 */
export async function measureReplay({ modelUrl, signal, rounds: roundsOf }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const [session] = await runner.host(1, installation, signal);
  if (session === undefined) throw new Error('no session');
  await fillUp(runner, session, events, signal);
  const { user } = installation;
  const { session: shown } = (await user.call('GET', `/v1/sessions/${session.id}`)) as { session: { last_seq: number } };
  const last = shown.last_seq;
  const whole: number[] = [];
  const tail: number[] = [];
  await replay(user, session.id, 0, last, signal);
  for (let round = 0; round < roundsOf(rounds); round++) {
    whole.push(await replay(user, session.id, 0, last, signal));
    tail.push(await replay(user, session.id, last - recent, last, signal));
  }
  const goal = { compared: '–', text: `≤ ${goalMs} ms`, holds: median(whole) <= goalMs };
  return [
    { name: 'replay of 10,000 events', unit: 'ms', ours: whole, goal },
    { name: `replay of the last ${recent}`, unit: 'ms', ours: tail },
  ];
}

/** Has the log of a session grow to so many events of 1.2 KB. */
export async function fillUp(runner: LinkRunner, session: HostedSession, events: number, signal: AbortSignal): Promise<void> {
  const frame = paragraphReports(perFrame);
  while (session.acked < events) {
    while (session.sent < events && session.sent - session.acked < inFlight) runner.report(session, frame, perFrame);
    await pause(5, signal);
  }
}

/** Attaches a viewer with all up to `afterSeq` known; the milliseconds until the last event is there. Throws if not all came, in order. */
export async function replay(user: User, sessionId: string, afterSeq: number, last: number, signal: AbortSignal): Promise<number> {
  const mark = `"seq":${last},`;
  const frames: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  const begun = epochNow();
  using viewer = user.view(sessionId, afterSeq);
  viewer.listen((data, at) => {
    frames.push(data);
    if (data.includes(mark)) resolve(at);
  });
  const end = await inTime(promise, 'the newest event did not come', signal);
  const seqs = frames.flatMap((data) => {
    const frame = JSON.parse(data.toString()) as { type: string; payload: { messages: DurableEvent[] } };
    return frame.type === 'history' ? frame.payload.messages.map(({ seq }) => seq) : [];
  });
  if (seqs.length !== last - afterSeq || seqs.some((seq, place) => seq !== afterSeq + place + 1))
    throw new Error(`${seqs.length} of ${last - afterSeq} events came, or not in their order`);
  return end - begun;
}
