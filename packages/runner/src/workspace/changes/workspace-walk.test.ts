import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { walkWorkspace } from './workspace-walk.ts';

test('a workspace of folders without end, or of files, is walked through in part, and says so', async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.adopt(await mkdtemp(join(tmpdir(), 'walk-')), (path) => rm(path, { recursive: true }));
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'a'));
  expect(await walkWorkspace(folder)).toMatchObject({ complete: true, repositories: [] });
  for (let number = 0; number < 2500; number++) await mkdir(join(folder, 'a', `${number}`));
  const { complete, files } = await walkWorkspace(folder);
  expect(complete).toBe(false);
  expect([...files.keys()]).toEqual(['file']);
});
