import { benchFiles } from './files.ts';
import { runRows } from './run-rows.ts';

// By itself, with `node bench/src/files-run.ts`: it moves gigabytes, which would disturb the other rows.
await runRows([{ name: 'files', measure: benchFiles, longestMs: 280_000 }], { quick: false, out: undefined, compare: undefined });
