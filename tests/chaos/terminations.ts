import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';

/** Milliseconds of each round, by what the session did when it was told to end. */
export type Terminations = Readonly<Record<Doing, readonly number[]>>;

type Doing = keyof typeof doings;

const bash = (command: string) => script({ tools: [{ name: 'Bash', input: { command, description: 'work' } }] });
const settings = { permission_mode: 'bypassPermissions' } as const;

/** What a session is brought to before it is told to end. Each is given a fresh session. */
const doings = {
  'is being started': async () => {},
  'is idle': async (user: User, id: string) => void (await user.sessionBecomes(id, { activity: 'idle' })),
  'is in the middle of an answer': async (user: User, id: string) => {
    const viewer = await user.view(id, { deltas: true });
    viewer.prompt(script({ text: 'word '.repeat(3000), chunk: 5, chunk_delay_ms: 20 }));
    await viewer.frame('assistant_delta');
  },
  'runs a command that ignores signals': async (user: User, id: string) => {
    const viewer = await user.view(id);
    viewer.prompt(bash("trap '' TERM INT HUP; while :; do sleep 1; done"));
    await viewer.frame('tool_use');
  },
  'waits for an approval': async (user: User, id: string) => {
    const viewer = await user.view(id);
    viewer.prompt(script({ tools: [{ name: 'Write', input: { file_path: '/etc/x', content: 'x' } }] }));
    await viewer.frame('tool_approval_request');
  },
  'is being interrupted, and Claude Code does not hear': async (user: User, id: string, system: System) => {
    const viewer = await user.view(id, { deltas: true });
    viewer.prompt(script({ text: 'word '.repeat(3000), chunk: 5, chunk_delay_ms: 20 }));
    await viewer.frame('assistant_delta');
    for (const { pid } of system.claudeProcesses()) process.kill(pid, 'SIGSTOP');
    viewer.send('interrupt', {});
  },
  sleeps: async (user: User, id: string) => {
    await user.sessionBecomes(id, { activity: 'hibernated' });
  },
};

/**
 * How long it takes from the DELETE until the session says that it has ended and no process of it is left, out of every state, when
 * nothing else goes on.
 */
export async function measureTerminations(rounds: number, say: (line: string) => void = () => {}): Promise<Terminations> {
  await using system = await System.start({ env: { AI_SESSIONS_LOG_LEVEL: 'warn', AI_SESSIONS_IDLE_TIMEOUT: '2s' } });
  const user = await system.user();
  const times = Object.fromEntries(Object.keys(doings).map((doing) => [doing, []])) as unknown as Record<Doing, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const [doing, bring] of Object.entries(doings) as [Doing, (typeof doings)[Doing]][]) {
      const { id } = await user.createSession(doing === 'waits for an approval' ? {} : settings);
      await bring(user, id, system);
      const begun = performance.now();
      await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
      await user.sessionBecomes(id, { status: 'terminated' });
      await until(
        () => system.claudeProcesses().length === 0,
        () => `a session that ${doing} has left a process`,
        60_000,
      );
      const took = performance.now() - begun;
      times[doing].push(took);
      say(`${doing}: ${Math.round(took)} ms`);
    }
  }
  return times;
}
