import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { fencedBlocks, readPage, root } from './markdown.ts';

test('the program of the client library’s page runs as it stands', async () => {
  const [program] = fencedBlocks(readPage('docs/client.md')).filter(({ headings }) => headings.at(-1) === 'A whole program');
  const file = path.join(root, 'tests', `page-${process.pid}.ts`);
  writeFileSync(file, program?.text ?? '');
  try {
    await using system = await System.start({ arguments: ['--demo'] });
    const env = { ...process.env, AI_SESSIONS_URL: system.url, AI_SESSIONS_TOKEN: await system.token('you@example.com') };
    const { stdout } = await promisify(execFile)(process.execPath, [file], { env, timeout: 60_000 });
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 3)).toEqual(['connection: connecting', 'connection: replaying', 'connection: live']);
    for (const said of ['typing: Looking arou', 'claude: Looking around.', 'asks for: Bash', 'claude: Done.'])
      expect(lines).toContain(said);
    expect(lines.at(-1)).toBe('result: success');
  } finally {
    rmSync(file);
  }
});
