import * as Plot from '@observablehq/plot';
import { type Measurement, quantile } from '../measurement.ts';
import { colors, svgOf } from './svg.ts';

const steps = 200;

/** Those of the measurements that are plotted: which share of the samples took at most so long, beside the floor's. Null if none is. */
export function latencyPlot(measurements: readonly Measurement[]): string | null {
  const curves = measurements.flatMap(({ name, unit, ours, floor, spread }) => {
    if (unit !== 'ms' || floor === undefined) return [];
    const samples = spread ?? { ours, floor };
    return Math.min(samples.ours.length, samples.floor.length) < 5
      ? []
      : [...curve(name, 'ours', samples.ours), ...curve(name, 'floor', samples.floor)];
  });
  if (curves.length === 0) return null;
  const names = [...new Set(curves.map(({ name }) => name))];
  return svgOf({
    width: 860,
    height: 60 + 150 * names.length,
    marginLeft: 60,
    marginTop: 30,
    x: { type: 'log', label: 'milliseconds →', grid: true },
    y: { domain: [0, 1], tickFormat: '%', ticks: 4, label: null, grid: true },
    fy: { domain: names, label: null, axis: null, padding: 0.3 },
    color: { domain: ['ours', 'floor'], range: [colors.ours, colors.floor] },
    marks: [
      Plot.frame({ stroke: '#d0d7de' }),
      Plot.text(names, { fy: (name: string) => name, text: (name: string) => name, frameAnchor: 'top-left', dy: -14, fontWeight: 'bold' }),
      Plot.line(curves, { x: 'value', y: 'share', fy: 'name', stroke: 'side', strokeWidth: 2, curve: 'step-after' }),
      Plot.text(names, {
        fy: (name: string) => name,
        text: () => 'ai-sessions',
        frameAnchor: 'top-right',
        dx: -40,
        dy: -14,
        fill: colors.ours,
      }),
      Plot.text(names, { fy: (name: string) => name, text: () => 'floor', frameAnchor: 'top-right', dy: -14, fill: colors.floor }),
    ],
  });
}

interface Point {
  readonly name: string;
  readonly side: 'ours' | 'floor';
  readonly value: number;
  readonly share: number;
}

function curve(name: string, side: Point['side'], samples: readonly number[]): Point[] {
  return Array.from({ length: steps }, (_, n) => ({
    name,
    side,
    share: (n + 1) / steps,
    value: Math.max(1e-3, quantile(samples, (n + 1) / steps)),
  }));
}
