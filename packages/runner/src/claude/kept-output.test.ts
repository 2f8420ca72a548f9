import { expect, test } from 'vitest';
import { keptOutput } from './kept-output.ts';

test('is there only where Claude Code kept a file', () => {
  const path = '/home/agent/.claude/projects/-workspace/6f/tool-results/b.txt';
  expect(keptOutput({ stdout: 'x', persistedOutputPath: path, persistedOutputSize: 5_000_000 })).toEqual({ path, size: 5_000_000 });
  for (const other of [undefined, 'Error: x', {}, { stdout: 'x' }, { persistedOutputPath: '' }, { persistedOutputPath: path }])
    expect(keptOutput(other)).toBeUndefined();
});
