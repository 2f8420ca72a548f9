import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';

test('a session’s files go, also those whose path is longer than any path may be, and nothing that a link leads to', async () => {
  const top = mkdtempSync(join(tmpdir(), 'tree-'));
  const tree = join(top, '-tree');
  mkdirSync(join(top, 'outside'));
  writeFileSync(join(top, 'outside', 'file'), '');
  mkdirSync(tree);
  symlinkSync(join(top, 'outside'), join(tree, 'link'));
  mkdirSync(join(tree, 'closed'), { mode: 0 });
  execFileSync('python3', ['-c', `import os\nfor _ in range(1500): os.mkdir('d' * 200); os.chdir('d' * 200)\nopen('ground', 'w')`], {
    cwd: tree,
  });
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
  expect(existsSync(join(top, 'outside', 'file'))).toBe(true);
  await removeTree(tree);
  await removeTree(top);
  expect(() => rmdirSync(top)).toThrow(/ENOENT/);
});
