import type { ConnectionFault } from './fault-proxy.ts';
import type { Random } from './random.ts';

/** Where connection faults happen: between viewers and server, or between runner and server. */
export type Where = 'viewer' | 'link';

/** A process that is ended with SIGKILL. */
export type Part = 'client' | 'server' | 'runner' | 'claude';

/** One thing that goes wrong. `share` (0 ≤ x < 1) chooses what it happens to among what there is then. */
export type Fault = { readonly afterMs: number; readonly share: number } & (
  | { readonly do: 'kill'; readonly part: Part }
  | { readonly do: 'harm'; readonly where: Where; readonly fault: ConnectionFault; readonly forMs: number }
);

/** How one fault is named in the report. */
export function nameOf(fault: Fault): string {
  return fault.do === 'kill' ? `kill ${fault.part}` : `${fault.where} ${fault.fault}`;
}

export interface Pace {
  /** Shortest and longest pause between two faults. */
  readonly pauseMs: readonly [number, number];
  /** Shortest time between two kills of the same part. */
  readonly apartMs: Readonly<Record<Part, number>>;
}

/**
 * The launcher gives a part up that dies six times in a row within its first ten seconds, and a session is given up whose
 * processes are lost more than three times in five minutes: both are promises, so the usual pace stays below them.
 */
export const usualPace: Pace = {
  pauseMs: [150, 900],
  apartMs: { client: 4000, server: 12_000, runner: 21_000, claude: 2500 },
};

const kinds = {
  'kill client': 3,
  'kill server': 3,
  'kill runner': 4,
  'kill claude': 5,
  'viewer cut': 12,
  'viewer delay': 5,
  'viewer half_open': 4,
  'viewer slow_reader': 4,
  'viewer outage': 1,
  'link cut': 4,
  'link delay': 3,
  'link half_open': 1,
  'link slow_reader': 2,
} as const;

/** The faults of a run, one after another without end: a function of chance alone. */
export function* schedule(random: Random, pace: Pace = usualPace): Generator<Fault, never> {
  const last: Partial<Record<Part, number>> = {};
  for (let now = 0, pause = 0; ;) {
    const afterMs = random.integer(...pace.pauseMs);
    const kind = random.weighted(kinds);
    const share = random.share();
    const forMs = random.integer(500, 3000);
    now += afterMs;
    pause += afterMs;
    const [first, second] = kind.split(' ') as ['kill', Part] | [Where, ConnectionFault];
    if (first === 'kill') {
      if (now - (last[second] ?? -pace.apartMs[second]) < pace.apartMs[second]) continue;
      last[second] = now;
      yield { do: 'kill', part: second, afterMs: pause, share };
    } else yield { do: 'harm', where: first, fault: second, afterMs: pause, share, forMs: second === 'outage' ? forMs / 2 : forMs };
    pause = 0;
  }
}
