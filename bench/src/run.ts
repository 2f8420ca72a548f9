import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from './bench.ts';
import { measureAppends } from './rows/appends.ts';
import { measureBurst } from './rows/burst.ts';
import { measureDeltas } from './rows/deltas.ts';
import { measureDensity } from './rows/density.ts';
import { measureFanOut } from './rows/fan-out.ts';
import { measureFirstDelta } from './rows/first-delta.ts';
import { measureGateway } from './rows/gateway.ts';
import { measureGrowth } from './rows/growth.ts';
import { measureIdleSockets } from './rows/idle-sockets.ts';
import { measureIsolation } from './rows/isolation.ts';
import { measureLongSession } from './rows/long-session.ts';
import { measureMcp } from './rows/mcp.ts';
import { measureMemory } from './rows/memory.ts';
import { measureReady } from './rows/ready.ts';
import { measureReplay } from './rows/replay.ts';
import { measureStreams } from './rows/streams.ts';
import { measureTurn } from './rows/turn.ts';
import { measureWeb } from './rows/web.ts';
import { runRows } from './run-rows.ts';

const rows: readonly Row[] = [
  { name: 'ready', measure: measureReady },
  { name: 'burst', measure: measureBurst },
  { name: 'first-delta', measure: measureFirstDelta },
  { name: 'deltas', measure: measureDeltas },
  { name: 'streams', measure: measureStreams },
  { name: 'turn', measure: measureTurn },
  { name: 'appends', measure: measureAppends },
  { name: 'replay', measure: measureReplay },
  { name: 'fan-out', measure: measureFanOut },
  { name: 'idle-sockets', measure: measureIdleSockets },
  { name: 'growth', measure: measureGrowth },
  { name: 'long-session', measure: measureLongSession },
  { name: 'memory', measure: measureMemory },
  { name: 'gateway', measure: measureGateway },
  { name: 'mcp', measure: measureMcp },
  { name: 'isolation', measure: measureIsolation, longestMs: 5 * 60_000 },
  { name: 'web', measure: measureWeb },
  { name: 'density', measure: measureDensity, longestMs: 15 * 60_000 },
];
const usage = `usage: npm run bench -- [--only ${rows.map(({ name }) => name).join('|')}, or some of them with commas] [--quick] [--out FILE.md] [--compare FILE.json]`;
/** Takes long, and says little of a change. */
const notQuick = new Set(['memory', 'burst', 'streams', 'idle-sockets', 'growth', 'long-session', 'mcp']);
/** Takes longer than all others together. */
const onlyAlone = new Set(['density']);
/** What a whole run is written to. */
const report = path.resolve(import.meta.dirname, '../../docs/benchmark.md');

try {
  const { only, quick = false, out, compare } = readArguments(process.argv.slice(2));
  const chosen = rows.filter(({ name }) => only?.includes(name) ?? (!onlyAlone.has(name) && !(quick && notQuick.has(name))));
  const whole = only === undefined && !quick;
  await runRows(chosen, { quick, out: out ?? (whole ? report : undefined), compare });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function readArguments(args: string[]) {
  try {
    const options = {
      only: { type: 'string' },
      quick: { type: 'boolean' },
      out: { type: 'string' },
      compare: { type: 'string' },
    } as const;
    const { values } = parseArgs({ args, options });
    const only = values.only?.split(',');
    const fits = values.out === undefined || values.out.endsWith('.md');
    if (fits && (only ?? []).every((asked) => rows.some(({ name }) => name === asked))) return { ...values, only };
  } catch (error) {
    throw new Error(usage, { cause: error });
  }
  throw new Error(usage);
}
