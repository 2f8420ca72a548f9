import { existsSync } from 'node:fs';
import path from 'node:path';
import { scriptPrompt } from '@ai-sessions/scripted-model';
import { expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';

test('the record of a session is gone so long after its end, with its files; a live one stays', { timeout: 120_000 }, async () => {
  await using system = await System.start({ env: { AI_SESSIONS_RETENTION: '2s' } });
  const user = await system.user();
  const [ended, live] = [await user.createSession(), await user.createSession()];
  const viewer = await user.view(ended.id);
  viewer.prompt(scriptPrompt([{ text: 'Hello.' }]));
  await viewer.result();
  const files = path.join(system.dataDir, 'runner', 'sessions', ended.id);
  expect(existsSync(files)).toBe(true);
  await user.call('DELETE', `/v1/sessions/${ended.id}`, undefined, 200);
  const listed = async () =>
    ((await user.call('GET', '/v1/sessions', undefined, 200)).body['sessions'] as { id: string }[]).map(({ id }) => id);
  await until(
    async () => !(await listed()).includes(ended.id) && !existsSync(files),
    () => 'the record is still there',
  );
  await user.call('GET', `/v1/sessions/${ended.id}/history`, undefined, 404);
  expect(await listed()).toEqual([live.id]);
});
