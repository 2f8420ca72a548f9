import { readFileSync } from 'node:fs';
import { type Measurement, median } from './measurement.ts';

/** What a run measured, as it is kept beside its report: every sample of every line. */
export interface Results {
  readonly about: readonly string[];
  readonly measurements: readonly Pick<Measurement, 'name' | 'unit' | 'ours' | 'floor'>[];
}

/** The results that an earlier run has left. Throws if the file is not one. */
export function readResults(file: string): Results {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>;
  if (!Array.isArray(results.about) || !Array.isArray(results.measurements)) throw new Error(`${file} holds no results of a benchmark`);
  return { about: results.about, measurements: results.measurements };
}

export function resultsText({ about, measurements }: Results): string {
  const kept = measurements.map(({ name, unit, ours, floor }) => ({ name, unit, ours, floor }));
  const short = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  return `${JSON.stringify({ about, measurements: kept }, short)}\n`;
}

/**
 * How each line stands to that of an earlier run, as Markdown. Where there is a floor, the ratios to it are compared: what the machine was
 * doing has touched both sides.
 */
export function changes(before: Results, now: Results['measurements']): string {
  const lines = now.map((line) => {
    const { name, unit, ours, floor } = line;
    const earlier = before.measurements.find((one) => one.name === name);
    if (earlier === undefined) return `| ${name} | – | ${shown(median(ours), unit)} | new |`;
    const change = (valueOf(line) / valueOf(earlier) - 1) * 100;
    const text = `${change < 0 ? '' : '+'}${change.toFixed(0)} %${floor === undefined ? '' : ' to the floor'}`;
    return `| ${name} | ${shown(median(earlier.ours), unit)} | ${shown(median(ours), unit)} | ${text} |`;
  });
  const head = ['| name | before | now | change |', '| --- | --- | --- | --- |'];
  return [`Since a run on: ${before.about.join('; ')}`, '', ...head, ...lines].join('\n');
}

function valueOf({ ours, floor }: Pick<Measurement, 'ours' | 'floor'>): number {
  return floor === undefined ? median(ours) : median(ours) / median(floor);
}

function shown(value: number, unit: string): string {
  return `${Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)} ${unit}`;
}
