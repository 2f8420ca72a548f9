import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { ChaosOutcome } from './chaos.ts';
import type { LifecycleOutcome } from './lifecycle.ts';
import type { Rule } from './problem.ts';
import type { Recoveries } from './recoveries.ts';
import { quantile } from './recovery.ts';
import type { Terminations } from './terminations.ts';

/** Puts what a run says between its two marks in the document; what stands around them is written by people. */
export function replaceSection(file: string, section: string, text: string): void {
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no section ${section}: put ${begin} and ${end} where it is to stand`);
  writeFileSync(file, `${before.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${before.slice(to)}`);
}

/** A chaos run as Markdown. */
export function chaosReport(outcome: ChaosOutcome): string {
  const { problems, blocks } = outcome;
  const found = (...rules: Rule[]) => problems.filter(({ rule }) => rules.includes(rule)).reduce((sum, { count }) => sum + count, 0);
  const others = problems.length - problems.filter(({ rule }) => named.includes(rule)).length;
  const ends = Object.entries(outcome.ends).map(([how, count]) => `${count} ${how}`);
  const facts: [string, string | number][] = [
    ['sessions, all of the real Claude Code', `${outcome.sessions} (${ends.join(', ')})`],
    ['durable events in their logs', outcome.events],
    ['events given to viewers and compared', outcome.delivered],
    ['deltas given and compared', outcome.deltas],
    ['blocks whose deltas were joined whole; in part, for a fault came between', `${number(blocks.whole)}; ${number(blocks.partial)}`],
    ['prompts; approvals and questions answered', `${number(outcome.prompts)}; ${number(outcome.answers)}`],
    ['faults injected', outcome.faults.reduce((sum, { injected }) => sum + injected, 0)],
    ['**events lost**', found('lost', 'log')],
    ['**events doubled**', found('doubled')],
    ['events in another order, or changed', found('order', 'changed', 'screen')],
    [
      'deltas that say something else than the message',
      found('delta text', 'delta gap', 'delta doubled', 'delta late', 'delta incomplete'),
    ],
    [
      'prompts lost, doubled, without exactly one turn and one result',
      found('prompt lost', 'prompt doubled', 'turn', 'overlap', 'failed', 'text'),
    ],
    ['approvals without exactly one answer, or not done as answered', found('answer', 'effect')],
    ['tool calls run twice', found('run twice')],
    ['sessions stuck', found('stuck')],
    ['processes, folders, sockets, cgroups left at the end', found('remains')],
    ...(others > 0 ? [['anything else', others] as [string, number]] : []),
  ];
  return [
    `\`npm run chaos -- --events ${outcome.asked} --seed ${outcome.seed}\`, ${Math.round(outcome.seconds / 60)} minutes, ${machine()}.`,
    table(
      ['', ''],
      facts.map(([name, value]) => [name, typeof value === 'number' ? number(value) : value]),
    ),
    'Recovery: from the fault until the viewer is live again, or until the turn of the session goes on. All times are those of this machine under the load of the run.',
    table(
      ['fault', 'injected', 'recoveries measured', 'p50', 'p99', 'longest'],
      outcome.faults.map(({ kind, injected, recoveries }) => [
        kind.replaceAll('_', ' '),
        number(injected),
        recoveries.length === 0 ? '–' : number(recoveries.length),
        ...[0.5, 0.99, 1].map((share) => milliseconds(quantile(recoveries, share))),
      ]),
    ),
  ].join('\n\n');
}

/** How long each process takes to be made up for, as Markdown. */
export function recoveriesReport(recoveries: Recoveries): string {
  const named = Object.fromEntries(Object.entries(recoveries).map(([part, times]) => [`kill ${part}`, times]));
  return timesReport(`--recoveries ${recoveries.server.length}`, named);
}

/** How long a session takes to end, by what it does, as Markdown. */
export function terminationsReport(terminations: Terminations): string {
  return timesReport(`--terminations ${terminations.sleeps.length}`, terminations);
}

/** Milliseconds of several rounds of each thing, all of which have the goal of 5 s. */
function timesReport(options: string, measured: Readonly<Record<string, readonly number[]>>): string {
  const goalMs = 5000;
  const rows = Object.entries(measured).map(([what, times]) => {
    const sorted = [...times].toSorted((a, b) => a - b);
    const [middle, longest] = [quantile(sorted, 0.5), sorted.at(-1)];
    return [
      what,
      number(sorted.length),
      milliseconds(middle),
      milliseconds(longest),
      '≤ 5 s',
      (longest ?? Infinity) <= goalMs ? 'yes' : 'NO',
    ];
  });
  return [
    `\`npm run chaos -- ${options}\`, ${machine()}, load average ${loadavg()[0]?.toFixed(1)} at the end.`,
    table(['', 'rounds', 'p50', 'longest', 'goal', 'holds'], rows),
  ].join('\n\n');
}

/** The run that creates and ends many sessions, as Markdown. */
export function lifecycleReport({ asked, created, seconds, before, after, problems }: LifecycleOutcome): string {
  const keys = Object.keys(before) as (keyof typeof before)[];
  return [
    `\`npm run chaos -- --sessions ${asked}\`, ${Math.round(seconds / 60)} minutes, ${machine()}: ${number(created)} sessions created, brought up, ended and deleted. ${problems.length === 0 ? 'Nothing was left.' : `Left: ${problems.map(({ what }) => what).join('; ')}.`}`,
    table(
      ['', 'before', 'after'],
      keys.map((key) => [names[key], number(before[key]), number(after[key])]),
    ),
  ].join('\n\n');
}

const named: readonly Rule[] = [
  'lost',
  'log',
  'doubled',
  'order',
  'changed',
  'screen',
  'delta text',
  'delta gap',
  'delta doubled',
  'delta late',
  'delta incomplete',
  'prompt lost',
  'prompt doubled',
  'turn',
  'overlap',
  'failed',
  'text',
  'answer',
  'effect',
  'run twice',
  'stuck',
  'remains',
];

const names: Readonly<Record<keyof LifecycleOutcome['before'], string>> = {
  claudes: 'Claude Code processes',
  serverFiles: 'open files of the server',
  serverSockets: 'of these, sockets',
  runnerFiles: 'open files of the runner',
  runnerSockets: 'of these, sockets',
  folders: 'session folders',
  socketFiles: 'socket files',
  cgroups: 'cgroups',
  serverMb: 'resident memory of the server, MB',
  runnerMb: 'resident memory of the runner, MB',
};

function machine(): string {
  return `${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return '–';
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
