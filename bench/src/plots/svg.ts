import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Draws a plot and gives it as the text of an SVG file, which says by itself how it looks on a light and on a dark page. */
export function svgOf(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({
    ...options,
    document,
    style: { background: '#ffffff', color: '#1f2328', fontFamily: 'system-ui, sans-serif' },
  });
  const svg = drawn.tagName.toLowerCase() === 'svg' ? drawn : drawn.querySelector('svg');
  if (svg === null) throw new Error('the plot has no SVG');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML}\n`;
}

export const colors = { ours: '#0969da', floor: '#bf8700' } as const;
