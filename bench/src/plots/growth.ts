import * as Plot from '@observablehq/plot';
import { type Measurement, median } from '../measurement.ts';
import { colors, svgOf } from './svg.ts';

/** What each operation takes with ever more that is stored, as times of what it takes with the least. Null if no measurement tells. */
export function growthPlot(measurements: readonly Measurement[], most: number): string | null {
  const points = measurements.flatMap(({ growth, ours }) => (growth === undefined ? [] : [{ ...growth, value: median(ours) }]));
  if (points.length === 0) return null;
  const curves = points.map((point) => ({ ...point, times: point.value / leastOf(points, point.of) }));
  return svgOf({
    width: 860,
    height: 260,
    marginTop: 40,
    x: { type: 'log', label: 'stored sessions →', ticks: [...new Set(curves.map(({ stored }) => stored))], tickFormat: '~s', grid: true },
    y: { domain: [0, Math.max(2, ...curves.map(({ times }) => times))], label: '↑ times what it takes with the fewest', grid: true },
    fx: { domain: [...new Set(curves.map(({ of }) => of))], label: null, padding: 0.15 },
    marks: [
      Plot.frame({ stroke: '#d0d7de' }),
      Plot.ruleY([most], { stroke: '#cf222e', strokeDasharray: '4 4' }),
      Plot.line(curves, { x: 'stored', y: 'times', fx: 'of', stroke: colors.ours, strokeWidth: 2 }),
      Plot.dot(curves, { x: 'stored', y: 'times', fx: 'of', fill: colors.ours }),
    ],
  });
}

function leastOf(points: readonly { readonly of: string; readonly stored: number; readonly value: number }[], of: string): number {
  const same = points.filter((point) => point.of === of);
  return same.reduce((least, point) => (point.stored < least.stored ? point : least), same[0] ?? { stored: 0, value: Number.NaN }).value;
}
