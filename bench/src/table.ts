import { type Measurement, compare, median, quantile } from './measurement.ts';

const columns = ['name', 'ours median', 'ours p95', 'SDK median', 'SDK p95', 'compared', 'goal', 'holds'];

/** The measurements as a Markdown table with aligned columns. */
export function table(measurements: readonly Measurement[]): string {
  const rows = [columns, ...measurements.map(cells)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = columns, ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function cells({ name, unit, ours, floor, goal }: Measurement): string[] {
  const shown = (value: number) => `${number(value)} ${unit}`;
  const both = (samples: readonly number[]) => [shown(median(samples)), samples.length > 1 ? shown(quantile(samples, 0.95)) : '–'];
  return [
    name,
    ...both(ours),
    ...(floor === undefined ? ['–', '–'] : both(floor)),
    goal?.compared ?? (floor === undefined ? '–' : compare(ours, floor)),
    goal?.text ?? '–',
    goal === undefined ? '–' : goal.holds ? 'yes' : 'NO',
  ];
}

function number(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 100 ? 0 : 2);
}
