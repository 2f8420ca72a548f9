import { expect, test } from 'vitest';
import { readableFile } from './workspace-path.ts';
import { WorkspaceRefused } from './workspace-refused.ts';

const folder = '/data/runner/sessions/ses_1';
const kept = '.claude/projects/-workspace/6f/tool-results/b.txt';

test('a file of the workspace, or the whole of an output that Claude Code keeps in the home', () => {
  expect(readableFile('a/b.txt', folder)).toEqual({ root: `${folder}/workspace`, segments: ['a', 'b.txt'] });
  expect(readableFile('/workspace/a', folder)).toEqual({ root: `${folder}/workspace`, segments: ['a'] });
  const expected = { root: `${folder}/home`, segments: kept.split('/') };
  expect(readableFile(`/home/agent/${kept}`, folder)).toEqual(expected);
  // Without a sandbox Claude Code sees the host's folder.
  expect(readableFile(`${folder}/home/${kept}`, folder)).toEqual(expected);
});

test.each([
  '/home/agent/.claude/.credentials.json',
  '/home/agent/.claude/projects/-workspace/6f.jsonl',
  '/home/agent/.claude/projects/-workspace/6f/tool-results/../../x',
  '/home/agent/.claude/projects/-workspace/6f/tool-results/a/b',
  '/home/agent/.claude/projects/../../../etc/tool-results/b.txt',
  `/home/other/${kept}`,
  `/data/runner/sessions/ses_2/home/${kept}`,
  `/home/agent/${kept}\0`,
  '../home/x',
])('nothing else: %s', (path) => {
  expect(() => readableFile(path, folder)).toThrow(WorkspaceRefused);
});
