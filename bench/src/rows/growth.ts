import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type HostedSession, LinkRunner, wordsReport } from '../link-runner.ts';
import { type Measurement, atMostTimes } from '../measurement.ts';
import { StoredSessions } from '../stored-sessions.ts';
import { pause } from '../waiting.ts';
import { fillUp, replay } from './replay.ts';

const sizes = [10, 100, 1000, 10_000];
/** Events that each of them has. */
const eventsEach = 20;
const replayed = 1000;
const times = 1.2;
const rounds = { create: 40, append: 100, list: 60, replay: 15 };
const restMs = 1500;

type Samples = Record<keyof typeof rounds, number[]>;

/** Creating, appending, listing the newest ten and replaying 1,000 events, with ever more sessions of the user stored beside. */
export async function measureGrowth({ modelUrl, signal, rounds: roundsOf }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: false, signal });
  using runner = await LinkRunner.connect(installation, signal);
  using stored = new StoredSessions(installation);
  const { user } = installation;
  const [session, model] = await runner.host(2, installation, signal);
  if (session === undefined || model === undefined) throw new Error('no session');
  await fillUp(runner, model, eventsEach, signal);
  await user.endSession(model.id);
  await fillUp(runner, session, replayed, signal);

  const work: Record<keyof Samples, () => Promise<number>> = {
    create: () => create(installation),
    append: () => runner.acknowledged(session, wordsReport('A few words.'), signal),
    list: async () => timed(() => user.call('GET', '/v1/sessions?limit=10')),
    replay: () => replayNow(installation, session, signal),
  };
  const measure = async (): Promise<Samples> => {
    const samples: Samples = { create: [], append: [], list: [], replay: [] };
    for (const name of Object.keys(rounds) as (keyof Samples)[])
      for (let round = 0; round < roundsOf(rounds[name]); round++) samples[name].push(await work[name]());
    return samples;
  };

  const measured: { size: number; samples: Samples }[] = [];
  let have = 2;
  await measure();
  for (const size of sizes) {
    stored.copy(model.id, size - have, eventsEach);
    have = size;
    await pause(restMs, signal);
    measured.push({ size, samples: await measure() });
  }
  const [least] = measured;
  return (Object.keys(rounds) as (keyof Samples)[]).flatMap((name) =>
    measured.map(({ size, samples }): Measurement => {
      const floor = least?.samples[name] ?? [];
      const line = {
        name: `${name}, ${size.toLocaleString('en-US')} stored`,
        unit: 'ms',
        ours: samples[name],
        growth: { of: name, stored: size },
      };
      if (size !== sizes.at(-1)) return line;
      return { ...line, floor, goal: { ...atMostTimes(line.ours, floor, times), text: `≤ ${times}× at ${sizes[0]}` } };
    }),
  );
}

/** Ended at once, off the clock, so that it does not count among the stored. */
async function create({ user }: Installation): Promise<number> {
  let id = '';
  const ms = await timed(async () => (id = await user.createSession()));
  await user.endSession(id);
  await user.call('DELETE', `/v1/sessions/${id}/record`);
  return ms;
}

function replayNow({ user }: Installation, session: HostedSession, signal: AbortSignal): Promise<number> {
  // Its first event is the server's own.
  return replay(user, session.id, session.sent - replayed, session.sent, signal);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}
