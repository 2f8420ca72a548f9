import { parseArgs } from 'node:util';
import type { Row } from './bench.ts';
import { measureAppends } from './rows/appends.ts';
import { measureBurst } from './rows/burst.ts';
import { measureDeltas } from './rows/deltas.ts';
import { measureDensity } from './rows/density.ts';
import { measureFirstDelta } from './rows/first-delta.ts';
import { measureGateway } from './rows/gateway.ts';
import { measureIsolation } from './rows/isolation.ts';
import { measureMcp } from './rows/mcp.ts';
import { measureMemory } from './rows/memory.ts';
import { measureReady } from './rows/ready.ts';
import { measureReplay } from './rows/replay.ts';
import { measureTurn } from './rows/turn.ts';
import { measureWeb } from './rows/web.ts';
import { runRows } from './run-rows.ts';

const rows: readonly Row[] = [
  { name: 'ready', measure: measureReady },
  { name: 'burst', measure: measureBurst },
  { name: 'first-delta', measure: measureFirstDelta },
  { name: 'deltas', measure: measureDeltas },
  { name: 'turn', measure: measureTurn },
  { name: 'appends', measure: measureAppends },
  { name: 'replay', measure: measureReplay },
  { name: 'memory', measure: measureMemory },
  { name: 'gateway', measure: measureGateway },
  { name: 'mcp', measure: measureMcp },
  { name: 'isolation', measure: measureIsolation },
  { name: 'web', measure: measureWeb },
  { name: 'density', measure: measureDensity, longestMs: 15 * 60_000 },
];
const usage = `usage: npm run bench -- [--only ${rows.map(({ name }) => name).join('|')}] [--quick] [--out FILE.md] [--compare FILE.json]`;
/** Takes long, and says little of a change. */
const notQuick = new Set(['memory', 'burst', 'density', 'mcp']);

try {
  const { only, quick = false, out, compare } = readArguments(process.argv.slice(2));
  const chosen = rows.filter(({ name }) => (only === undefined ? !(quick && notQuick.has(name)) : name === only));
  await runRows(chosen, { quick, out, compare });
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
    const fits = values.out === undefined || values.out.endsWith('.md');
    if (fits && (values.only === undefined || rows.some(({ name }) => name === values.only))) return values;
  } catch (error) {
    throw new Error(usage, { cause: error });
  }
  throw new Error(usage);
}
