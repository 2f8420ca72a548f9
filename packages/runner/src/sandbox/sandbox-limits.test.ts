import { expect, test } from 'vitest';
import { parseSandboxLimits } from './sandbox-limits.ts';

const defaults = { memory_mb: 2048, pids: 512, cpus: 2, workspace_mb: 5120, workspace_files: 500_000, tmp_mb: 512, open_files: 4096 };

test.each([
  [undefined, defaults],
  ['', defaults],
  ['{}', defaults],
  ['{"memory_mb":4096,"cpus":0.5}', { ...defaults, memory_mb: 4096, cpus: 0.5 }],
])('%j is read', (setting, limits) => {
  expect(parseSandboxLimits(setting)).toEqual(limits);
});

test.each([
  ['{', /not JSON/],
  ['[]', /expected object/],
  ['{"memory":1}', /memory/],
  ['{"pids":1}', /pids/],
  ['{"pids":"many"}', /pids/],
  ['{"tmp_mb":1.5}', /tmp_mb/],
  ['{"cpus":0}', /cpus/],
])('%s is refused, with the key', (setting, reason) => {
  expect(() => parseSandboxLimits(setting)).toThrow(reason);
});
