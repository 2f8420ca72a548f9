import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';
import { fencedBlocks, readPage } from './markdown.ts';

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start();
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

test('the recipe for reconnecting gives every event once, over a kill -9 of the server', async () => {
  const recipe = fencedBlocks(readPage('docs/websocket.md')).find(({ headings }) => headings.at(-1) === 'Reconnecting')?.text ?? '';
  const { id } = await user.createSession();
  const base = system.url.replace('http', 'ws');
  const call = `watch(${JSON.stringify(base)}, ${JSON.stringify(id)}, async () => ${JSON.stringify(user.token)}, ({ type, seq }) => console.log(type, seq ?? '-'));`;
  const watcher = spawn(process.execPath, ['--input-type=module', '-e', `${recipe}\n${call}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  watcher.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const results = () => [...output.matchAll(/^result \d+$/gm)].length;
  for (const [index, text] of ['before', 'after'].entries()) {
    const viewer = await user.view(id);
    viewer.prompt(script({ text }));
    await until(
      () => results() === index + 1,
      () => `no ${index + 1}. result came:\n${output}`,
    );
    viewer.close();
    if (index === 0) {
      await system.kill('server');
      await system.ready();
    }
  }
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  await until(
    () => watcher.exitCode !== null,
    () => `it goes on after the end of the session:\n${output}`,
  );
  const seen = [...output.matchAll(/^\w+ (\d+)$/gm)].map(([, seq]) => Number(seq));
  expect(seen).toEqual((await user.history(id)).map(({ seq }) => seq));
});
