import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, writes } from './fixtures/script-steps.ts';
import { TestRunner } from './fixtures/test-runner.ts';

describe('a runner that is set otherwise', { timeout: 150_000 }, () => {
  it('stops a turn whose stream has stalled, and says so', async () => {
    await using test = await TestRunner.start({ AI_SESSIONS_STALL_SECONDS: '3' });
    const session = test.session();
    await session.next('ready');
    const id = session.prompt([{ text: 'some words, then nothing', chunk: 4, stall_after_deltas: 2 }]);
    const result = await session.result(id);
    expect(result).toMatchObject({
      subtype: 'error_during_execution',
      is_error: true,
      result: expect.stringContaining('Nothing was heard from Claude for 3 seconds'),
    });
    expect(await session.result(session.prompt([{ text: 'goes on' }]))).toMatchObject({ success: true });
  });

  it('runs without a sandbox by the same rules', async () => {
    await using test = await TestRunner.start({ AI_SESSIONS_SANDBOX: 'none' });
    expect(test.server.hellos[0]).toMatchObject({ sandbox: 'none' });
    const session = test.session({ permission_mode: 'bypassPermissions', denied_tools: ['Bash(curl:*)'] });
    await session.next('ready');
    const id = session.prompt([{ tools: [writes('a.txt')] }, { tools: [bash('curl x')] }, { text: 'done' }]);
    expect(await session.result(id)).toMatchObject({ result: 'done' });
    expect(session.all('approval_opened')).toEqual([]);
    expect(existsSync(join(session.root, 'workspace', 'a.txt'))).toBe(true);
    expect(session.events('tool_result').map(({ is_error }) => is_error)).toEqual([false, true]);
    session.end();
    await session.next('exited');
  });
});
