import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionItem, type SessionStream, createClient, openSession } from '@ai-sessions/client';
import type { User } from '../harness/user.ts';
import { script } from '../harness/user.ts';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';

/** Milliseconds of each round, by the process that was killed. */
export type Recoveries = Readonly<Record<'server' | 'runner' | 'claude', readonly number[]>>;

/** The launcher starts a part again the later the sooner it dies again and again; one that has lived this long begins anew. */
const steadyMs = 10_500;

/**
 * How long each process takes to be made up for when nothing else goes on: in the middle of an answer it is killed with
 * SIGKILL; the server counts until the viewer, who uses the client library as it comes, is live again; runner and Claude Code
 * count until the first word of the answer that is given in the cut one's place.
 */
export async function measureRecoveries(rounds: number, say: (line: string) => void = () => {}): Promise<Recoveries> {
  await using system = await System.start({ env: { AI_SESSIONS_LOG_LEVEL: 'warn' } });
  const user = await system.user();
  const times: Record<keyof Recoveries, number[]> = { server: [], runner: [], claude: [] };
  for (let round = 0; round < rounds; round++) {
    for (const part of ['server', 'runner', 'claude'] as const) {
      if (part !== 'claude') await sleep(steadyMs);
      const ms = await recovery(system, user, part);
      times[part].push(ms);
      say(`${part}: ${Math.round(ms)} ms`);
    }
  }
  return times;
}

async function recovery(system: System, user: User, part: keyof Recoveries): Promise<number> {
  const { id } = await user.createSession();
  const client = createClient({ baseUrl: user.url, token: () => user.token });
  await using stream = openSession(client, id, { deltas: true });
  const heard = new Heard(stream);
  stream.send(script({ text: 'word '.repeat(600), chunk: 5, chunk_delay_ms: 20 }));
  await until(() => heard.messages.size > 0);
  const [first] = heard.messages;
  const mine = system.claudeProcesses().map(({ pid }) => pid);
  const begun = performance.now();
  if (part === 'claude') for (const pid of mine) process.kill(pid, 'SIGKILL');
  else process.kill(system.pid(part), 'SIGKILL');
  if (part === 'server')
    await until(
      () => heard.lives > 1,
      () => 'the viewer did not come back',
      60_000,
    );
  else
    await until(
      () => [...heard.messages].some((message) => message !== first),
      () => 'the turn did not go on',
      60_000,
    );
  const took = performance.now() - begun;
  await system.ready();
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  return took;
}

class Heard {
  readonly messages = new Set<string>();
  lives = 0;

  constructor(stream: SessionStream) {
    void this.#read(stream);
  }

  async #read(stream: SessionStream): Promise<void> {
    for await (const item of stream) this.#take(item);
  }

  #take(item: SessionItem): void {
    if (item.type === 'connection' && item.connection.state === 'live') this.lives += 1;
    if (item.type === 'live' && item.frame.type === 'assistant_delta') this.messages.add(item.frame.payload.message_id);
  }
}
