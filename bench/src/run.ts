import { parseArgs } from 'node:util';
import type { Row } from './bench.ts';
import { measureAppends } from './rows/appends.ts';
import { measureBurst } from './rows/burst.ts';
import { measureDeltas } from './rows/deltas.ts';
import { measureDensity } from './rows/density.ts';
import { measureFirstDelta } from './rows/first-delta.ts';
import { measureGateway } from './rows/gateway.ts';
import { measureIsolation } from './rows/isolation.ts';
import { measureMemory } from './rows/memory.ts';
import { measureReady } from './rows/ready.ts';
import { measureReplay } from './rows/replay.ts';
import { measureTurn } from './rows/turn.ts';
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
  { name: 'isolation', measure: measureIsolation },
  { name: 'density', measure: measureDensity, longestMs: 15 * 60_000 },
];
const usage = `usage: npm run bench -- [--only ${rows.map(({ name }) => name).join('|')}] [--out FILE]`;

try {
  const { only, out } = readArguments(process.argv.slice(2));
  await runRows(
    rows.filter(({ name }) => only === undefined || name === only),
    out,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function readArguments(args: string[]): { only: string | undefined; out: string | undefined } {
  try {
    const { values } = parseArgs({ args, options: { only: { type: 'string' }, out: { type: 'string' } } });
    if (values.only === undefined || rows.some(({ name }) => name === values.only)) return { only: values.only, out: values.out };
  } catch (error) {
    throw new Error(usage, { cause: error });
  }
  throw new Error(usage);
}
