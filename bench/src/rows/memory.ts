import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type Measurement, median } from '../measurement.ts';
import { helpersBelow, memoryOf } from '../process-memory.ts';
import { pause } from '../waiting.ts';

const added = 10;
const atOnce = 2;
/** Sessions that come and go first, so that compiled code and caches do not count as a session's. */
const warmUps = 4;
const settleMs = 10_000;
const samples = 5;
const goalMb = 3;

/**
 * What an idle live session costs beyond Claude Code's own processes: server and runner (proportional set size) with 11
 * sessions less those with 1, by 10; and the same for the helpers beside them (bubblewrap). Read after ten seconds at
 * rest, when Node has collected its garbage as far as it does by itself.
 */
export async function measureMemory({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  await using installation = await Installation.start({ modelUrl, runner: true, signal });
  const { user, server, runner } = installation;

  async function live(): Promise<string> {
    const id = await user.createSession();
    using viewer = user.view(id);
    await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    return id;
  }

  async function settled(): Promise<{ host: number; helpers: number }> {
    await pause(settleMs, signal);
    const host: number[] = [];
    const helpers: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      host.push(memoryOf(server.pid) + memoryOf(runner?.pid ?? 0));
      helpers.push(helpersBelow(runner?.pid ?? 0).reduce((sum, pid) => sum + memoryOf(pid), 0));
      await pause(300, signal);
    }
    return { host: median(host), helpers: median(helpers) };
  }

  for (let done = 0; done < warmUps; done += atOnce) {
    const ids = await Promise.all(Array.from({ length: atOnce }, live));
    await Promise.all(ids.map((id) => user.endSession(id)));
  }
  await live();
  const one = await settled();
  for (let done = 0; done < added; done += atOnce) await Promise.all(Array.from({ length: atOnce }, live));
  const many = await settled();
  const perSession = (many.host - one.host) / added;
  const helpers = (many.helpers - one.helpers) / added;
  const total = perSession + helpers;
  return [
    {
      name: 'memory per idle session',
      unit: 'MB',
      ours: [total],
      goal: { compared: '–', text: `≤ ${goalMb} MB`, holds: total <= goalMb },
    },
    { name: 'of that in server and runner', unit: 'MB', ours: [perSession] },
    { name: 'of that in helper processes', unit: 'MB', ours: [helpers] },
    { name: 'server and runner with one session', unit: 'MB', ours: [one.host] },
  ];
}
