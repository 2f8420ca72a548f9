import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bench, Row } from './bench.ts';
import { Installation } from './installation.ts';
import { describeMachine } from './machine.ts';
import type { Measurement } from './measurement.ts';
import { Part } from './part.ts';
import { plotsOf } from './plots/plots.ts';
import { type Results, changes, readResults, resultsText } from './results.ts';
import { table } from './table.ts';

const longestRowMs = 120_000;

export interface RunOptions {
  readonly quick: boolean;
  /** Markdown file for the report; the samples go into a JSON file beside it, the plots into SVG files. */
  readonly out: string | undefined;
  /** JSON file of an earlier run. */
  readonly compare: string | undefined;
}

/**
 * Measures row after row, prints the report on stdout and writes it to `out` if given. The exit code tells only whether
 * something broke, never how fast it was. Ctrl-C ends everything that was started.
 */
export async function runRows(rows: readonly Row[], { quick, out, compare }: RunOptions): Promise<void> {
  const before = compare === undefined ? undefined : readResults(compare);
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  const { report, results, failed } = await measure(rows, quick, ending.signal);
  process.stdout.write(before === undefined ? report : `${report}\n${changes(before, results.measurements)}\n`);
  if (out !== undefined && !ending.signal.aborted) {
    const plots = plotsOf(results.measurements, path.basename(out, '.md'));
    const pictures = plots.map(({ file, text }) => `## ${text.title}\n\n${text.about}\n\n![${text.title}](${file})\n`);
    await writeFile(out, [report, ...pictures].join('\n'));
    await writeFile(out.replace(/\.md$/, '.json'), resultsText(results));
    for (const { file, svg } of plots) await writeFile(path.join(path.dirname(out), file), svg);
  }
  if (failed || ending.signal.aborted) process.exitCode = 1;
}

/** One row that breaks is told of in the report and does not keep the others from running. */
async function measure(
  chosen: readonly Row[],
  quick: boolean,
  signal: AbortSignal,
): Promise<{ report: string; results: Results; failed: boolean }> {
  const machine = describeMachine();
  await using parts = new AsyncDisposableStack();
  const { part, message } = await Part.start({ entry: 'scripted-model/src/bin.ts', signal });
  parts.use(part);
  const modelUrl = String(message['url']);
  let shared: Promise<Installation> | undefined;
  parts.defer(async () => (await shared?.catch(() => undefined))?.[Symbol.asyncDispose]());
  const installation = () => (shared ??= Installation.start({ modelUrl, runner: true, signal }));

  const measurements: Measurement[] = [];
  const failures: string[] = [];
  for (const { name, measure: measureRow, longestMs = longestRowMs } of chosen) {
    if (signal.aborted) break;
    const begun = performance.now();
    const rounds = (whole: number) => (quick ? Math.min(whole, Math.max(2, Math.ceil(whole / 4))) : whole);
    const bench: Bench = { modelUrl, installation, rounds, signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]) };
    try {
      measurements.push(...(await measureRow(bench)));
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    process.stderr.write(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  }
  const sandbox = (await shared?.catch(() => undefined))?.sandbox;
  const about = [...machine, ...(sandbox === undefined ? [] : [`sandbox: ${sandbox} (the SDK side has none)`])];
  const report = [
    '# Benchmark',
    about.map((line) => `- ${line}`).join('\n'),
    'Ours and the Agent SDK driven directly (same Claude Code, same options, same scripted model), measured in turn. Medians and p95 of all rounds.',
    table(measurements),
    ...(failures.length === 0 ? [] : [failures.map((failure) => `FAILED ${failure}`).join('\n')]),
  ];
  return { report: `${report.join('\n\n')}\n`, results: { about, measurements }, failed: failures.length > 0 };
}
