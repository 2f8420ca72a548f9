import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type HostedSession, LinkRunner, wordsReport } from '../link-runner.ts';
import { type Measurement, atMostTimes } from '../measurement.ts';
import { pause } from '../waiting.ts';
import { replay } from './replay.ts';

const few = 1000;
const many = 1_000_000;
const perFrame = 500;
const inFlight = 8000;
const times = 1.2;
const appends = 200;
const replays = 20;
const recent = 100;
const restMs = 3000;

/** One session of a million events, all appended over the link: what the next append costs, and a viewer that missed the last 100; beside 1,000 events. */
export async function measureLongSession({ modelUrl, signal, rounds }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  const [session] = await runner.host(1, installation, signal);
  if (session === undefined) throw new Error('no session');

  const measure = async () => {
    await pause(restMs, signal);
    const append: number[] = [];
    for (let round = 0; round < rounds(appends); round++)
      append.push(await runner.acknowledged(session, wordsReport('A few words.'), signal));
    const tail: number[] = [];
    for (let round = 0; round < rounds(replays); round++)
      tail.push(await replay(installation.user, session.id, session.sent - recent, session.sent, signal));
    return { append, tail };
  };

  await grow(runner, session, few, signal);
  await measure();
  const short = await measure();
  await grow(runner, session, many, signal);
  const long = await measure();
  const line = (name: string, ours: number[], floor: number[]): Measurement => ({
    name: `${name}, session of ${many.toLocaleString('en-US')} events`,
    unit: 'ms',
    ours,
    floor,
    goal: { ...atMostTimes(ours, floor, times), text: `≤ ${times}× at ${few.toLocaleString('en-US')}` },
  });
  return [line('append', long.append, short.append), line(`replay of the last ${recent}`, long.tail, short.tail)];
}

async function grow(runner: LinkRunner, session: HostedSession, events: number, signal: AbortSignal): Promise<void> {
  const report = wordsReport('A few words, of which there are very many.');
  const frame = `[${Array.from({ length: perFrame }, () => report).join(',')}]`;
  while (session.acked < events) {
    while (session.sent < events && session.sent - session.acked < inFlight) runner.report(session, frame, perFrame);
    await pause(2, signal);
  }
}
