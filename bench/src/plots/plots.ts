import type { Measurement } from '../measurement.ts';
import { growthPlot } from './growth.ts';
import { latencyPlot } from './latencies.ts';

/** A picture of a run. */
export interface PlotFile {
  /** Its name, without folder. */
  readonly file: string;
  readonly svg: string;
  readonly text: { readonly title: string; readonly about: string };
}

const most = 1.2;

/** Those plots for which there are measurements. @param name what their names begin with. */
export function plotsOf(measurements: readonly Measurement[], name: string): PlotFile[] {
  const latencies = {
    title: 'Latencies',
    about: 'Which share of the samples took at most so long, beside the same of the floor.',
  };
  const growth = {
    title: 'Growth',
    about: `What an operation takes with ever more sessions stored, as times of what it takes with the fewest (medians). The goal is ${most} times.`,
  };
  return [
    { file: `${name}-latencies.svg`, svg: latencyPlot(measurements), text: latencies },
    { file: `${name}-growth.svg`, svg: growthPlot(measurements, most), text: growth },
  ].flatMap(({ svg, ...plot }) => (svg === null ? [] : [{ ...plot, svg }]));
}
