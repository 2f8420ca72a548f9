import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';
import { runLifecycle } from './lifecycle.ts';
import { chaosReport, lifecycleReport } from './report.ts';

const minutes = 60_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

test(
  '20,000 events under faults and kill -9: nothing lost, nothing doubled, nothing stuck, nothing left',
  { timeout: 20 * minutes },
  async () => {
    const outcome = await runChaos({ events: 20_000, seed: 20, say });
    say(chaosReport(outcome));
    expect(outcome.problems).toEqual([]);
    // It was chaos: processes were killed, and each kind of connection harmed.
    const kinds = new Set(outcome.faults.map(({ kind }) => kind));
    for (const part of ['client', 'claude']) expect(kinds).toContain(`kill ${part}`);
    // Which of the two comes first is up to the machine's pace, for no other is killed until it has recovered from one.
    expect(kinds.has('kill server') || kinds.has('kill runner')).toBe(true);
    for (const fault of ['cut', 'delay', 'half_open', 'slow_reader']) expect(kinds).toContain(`viewer ${fault}`);
    expect(outcome.answers).toBeGreaterThan(0);
  },
);

test('40 sessions that come and go leave no process, socket, folder or cgroup', { timeout: 10 * minutes }, async () => {
  const outcome = await runLifecycle({ sessions: 40 });
  say(lifecycleReport(outcome));
  expect(outcome.problems).toEqual([]);
});
