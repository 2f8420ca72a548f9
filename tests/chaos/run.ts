import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { runLifecycle } from './lifecycle.ts';
import type { Problem } from './problem.ts';
import { measureRecoveries } from './recoveries.ts';
import { chaosReport, lifecycleReport, recoveriesReport, replaceSection, terminationsReport } from './report.ts';
import { measureTerminations } from './terminations.ts';

const usage = `usage: npm run chaos -- [--events N] [--seed N] [--at-once N] [--minutes N] [--report FILE]
       npm run chaos -- --sessions N [--at-once N] [--minutes N] [--report FILE]
       npm run chaos -- --recoveries N [--report FILE]
       npm run chaos -- --terminations N [--report FILE]`;
const count = (text: string | undefined, fallback: number) => {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(usage);
  return value;
};

const options = {
  events: { type: 'string' },
  seed: { type: 'string' },
  sessions: { type: 'string' },
  recoveries: { type: 'string' },
  terminations: { type: 'string' },
  'at-once': { type: 'string' },
  minutes: { type: 'string' },
  report: { type: 'string' },
} as const;
const { values } = parseArgs({ options });
const say = (line: string) => process.stdout.write(`${line}\n`);
const atOnce = count(values['at-once'], 4);
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : count(values.minutes, 1);

function conclude(section: string, report: string, problems: readonly Problem[]): void {
  say(`\n${report}\n`);
  if (values.report !== undefined) replaceSection(values.report, section, report);
  for (const { rule, where, what } of problems) say(`${rule}: ${where}: ${what}`);
  say(problems.length === 0 ? 'nothing lost, nothing doubled, nothing stuck' : `${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}

if (values.recoveries !== undefined) {
  conclude('recoveries', recoveriesReport(await measureRecoveries(count(values.recoveries, 5), say)), []);
} else if (values.terminations !== undefined) {
  conclude('terminations', terminationsReport(await measureTerminations(count(values.terminations, 5), say)), []);
} else if (values.sessions === undefined) {
  const outcome = await runChaos({ events: count(values.events, 100_000), seed: count(values.seed, 1), atOnce, minutes, say });
  conclude('chaos', chaosReport(outcome), outcome.problems);
} else {
  const outcome = await runLifecycle({ sessions: count(values.sessions, 1000), atOnce, minutes, say });
  conclude('sessions', lifecycleReport(outcome), outcome.problems);
}
