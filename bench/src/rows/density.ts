import { scriptPrompt } from '@ai-sessions/scripted-model';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { LinkRunner } from '../link-runner.ts';
import { type Measurement, atMostTimes, median } from '../measurement.ts';
import { residentMemoryOf } from '../process-memory.ts';
import { pause } from '../waiting.ts';

const few = 10;
const many = 10_000;
/** Creations under way at a time while the many are made. */
const lanes = 16;
const rounds = 100;
const wakes = 10;
const restMs = 10_000;
const goals = { memoryMb: 400, times: 1.2, wakeMs: 1000 };

/**
 * 10,000 open sessions that sleep: the server's memory, and what listing and creating cost beside them, compared with 10; then how
 * long one of the real Claude Code takes to wake among them.
 *
 * All are created over REST. A stand-in for the runner takes each over the true link, says that it is ready, and that it sleeps
 * when the server tells it to after a second of idleness: to the server they are what sessions of Claude Code are that nobody
 * has used for a while. Those that wake are hosted by a real runner, which dials in the stand-in's place.
 */
export async function measureDensity({ modelUrl, signal }: Bench): Promise<Measurement[]> {
  const env = { AI_SESSIONS_IDLE_TIMEOUT: '1s', AI_SESSIONS_LOG_LEVEL: 'warn' };
  await using installation = await Installation.start({ modelUrl, runner: false, env, signal });
  const { user, server } = installation;

  const awake = async () => {
    const { sessions } = (await user.call('GET', '/v1/sessions?limit=200')) as { sessions: { activity: string | null }[] };
    return sessions.some(({ activity }) => activity !== 'hibernated');
  };
  async function asleep(): Promise<void> {
    while (await awake()) await pause(200, signal);
  }
  async function timed(act: () => Promise<unknown>): Promise<number[]> {
    const samples: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      await act();
      samples.push(performance.now() - begun);
    }
    return samples;
  }
  /** Listing the newest ten, so that both lists are as long; and creating, each session ended at once, off the clock. */
  async function latencies(): Promise<{ list: number[]; create: number[] }> {
    await timed(() => user.call('GET', '/v1/sessions?limit=10'));
    const list = await timed(() => user.call('GET', '/v1/sessions?limit=10'));
    const created: string[] = [];
    const create = await timed(async () => created.push(await user.createSession()));
    for (const id of created) {
      await user.endSession(id);
      await user.call('DELETE', `/v1/sessions/${id}/record`);
    }
    return { list, create };
  }

  const runner = await LinkRunner.connect(installation, signal);
  let atFew: Awaited<ReturnType<typeof latencies>>;
  let atMany: typeof atFew;
  let resident: number;
  try {
    await runner.host(few, installation, signal);
    // Compiled code and caches are not to count for the few.
    await latencies();
    await asleep();
    atFew = await latencies();
    let left = many - few;
    const lane = async () => {
      while (left-- > 0) await user.createSession();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    await asleep();
    await pause(restMs, signal);
    resident = residentMemoryOf(server.pid);
    atMany = await latencies();
  } finally {
    runner[Symbol.dispose]();
  }
  await installation.startRunner(signal);
  const woken = await wake(installation, signal);
  const memory = { compared: '–', text: `≤ ${goals.memoryMb} MB`, holds: resident <= goals.memoryMb };
  const waking = { compared: '–', text: `≤ ${goals.wakeMs} ms`, holds: median(woken) <= goals.wakeMs };
  const of = `${many.toLocaleString('en-US')} sleeping`;
  return [
    { name: `server, resident, ${of}`, unit: 'MB', ours: [resident], goal: memory },
    { name: `list, ${of} (floor: ${few})`, unit: 'ms', ours: atMany.list, floor: atFew.list, goal: compared(atMany.list, atFew.list) },
    {
      name: `create, ${of} (floor: ${few})`,
      unit: 'ms',
      ours: atMany.create,
      floor: atFew.create,
      goal: compared(atMany.create, atFew.create),
    },
    { name: `wake → first delta, ${of}`, unit: 'ms', ours: woken, goal: waking },
  ];
}

function compared(atMany: readonly number[], atFew: readonly number[]): NonNullable<Measurement['goal']> {
  return { ...atMostTimes(atMany, atFew, goals.times), text: `≤ ${goals.times}× at ${few}` };
}

/** From the prompt frame to a sleeping session to its first delta, again and again for one session. */
async function wake({ user }: Installation, signal: AbortSignal): Promise<number[]> {
  const id = await user.createSession({ initial_prompt: 'Hello.' });
  using viewer = user.view(id);
  const sleeps = () => viewer.arrival('session_status', signal, ({ payload }) => payload.activity === 'hibernated');
  await sleeps();
  const samples: number[] = [];
  for (let round = 0; round < wakes; round++) {
    const asleep = sleeps();
    const delta = viewer.arrival('assistant_delta', signal);
    const begun = performance.timeOrigin + performance.now();
    viewer.send('prompt', { text: scriptPrompt([{ text: 'Good morning.' }]) });
    samples.push((await delta) - begun);
    await asleep;
  }
  await user.endSession(id);
  return samples;
}
