import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { useTheme } from '../../lib/theme.ts';
import { useMediaQuery } from '../../lib/use-media-query.ts';

interface BarChartProps {
  /** What it shows, for those who do not see it; the numbers are in a table elsewhere. */
  readonly label: string;
  /** Names of the bars, in order. */
  readonly names: readonly string[];
  readonly values: readonly number[];
  /** A line across, with its name. */
  readonly limit?: number | null;
  readonly format: (value: number) => string;
}

const height = 220;

/** Bars over days. Drawn anew when the theme changes. */
export function BarChart(props: BarChartProps) {
  const theme = useTheme();
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');
  return <Bars key={`${theme} ${systemIsDark}`} {...props} />;
}

function Bars({ label, names, values, limit = null, format }: BarChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const style = getComputedStyle(place);
    const color = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const [ink, lines, bars, mark] = ['--chart-ink', '--chart-line', '--chart-bar', '--chart-mark'].map((name) =>
      resolved(place, color(name)),
    );
    const font = `11px ${style.fontFamily}`;
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height,
        cursor: { y: false, drag: { x: false, y: false } },
        legend: { show: false },
        scales: {
          x: { time: false, range: [-0.6, names.length - 0.4] },
          y: { range: (_, __, max) => [0, Math.max(max, limit ?? 0, Number.MIN_VALUE) * 1.08] },
        },
        axes: [
          {
            stroke: ink,
            font,
            size: 30,
            grid: { show: false },
            ticks: { show: false },
            splits: () => ticks(names.length, place.clientWidth),
            values: (_, splits) => splits.map((index) => (names[index] ?? '').slice(5)),
          },
          {
            stroke: ink,
            font,
            size: 64,
            grid: { stroke: lines, width: 1 },
            ticks: { show: false },
            values: (_, splits) => splits.map(format),
          },
        ],
        series: [
          {},
          { label, fill: bars, stroke: bars, paths: uPlot.paths.bars?.({ size: [0.7, 48], radius: 0.15 }), points: { show: false } },
          ...(limit === null ? [] : [{ label: 'Limit', stroke: mark, dash: [6, 4], width: 1.5, points: { show: false } }]),
        ],
      },
      [
        names.map((_, index) => index),
        values.map((value) => (value === 0 ? null : value)),
        ...(limit === null ? [] : [names.map(() => limit)]),
      ],
      place,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height }));
    observer.observe(place);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [label, names, values, limit, format]);
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an img holds no canvas
  return <div ref={box} role="img" aria-label={label} className="chart-colors min-h-55 w-full overflow-hidden" />;
}

/** A canvas knows no variables and no `light-dark()`: the colour as the page would paint it. */
function resolved(place: HTMLElement, color: string): string {
  const probe = place.appendChild(document.createElement('span'));
  probe.style.color = color;
  const painted = getComputedStyle(probe).color;
  probe.remove();
  return painted;
}

function ticks(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((count * 48) / Math.max(1, width - 64)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}
