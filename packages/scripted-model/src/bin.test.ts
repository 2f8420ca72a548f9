import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

const bin = fileURLToPath(new URL('bin.ts', import.meta.url));

async function firstLine(child: ChildProcess): Promise<string> {
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no stdout');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return line;
}

const readUrl = (line: string): string => (JSON.parse(line) as { url: string }).url;
const reachable = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('bin', () => {
  test('prints its URL and ends on SIGTERM', async () => {
    const child = spawn(process.execPath, [bin, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = readUrl(await firstLine(child));
    expect(await reachable(url)).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('plays the demo', async () => {
    const child = spawn(process.execPath, [bin, '--demo'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const response = await fetch(`${readUrl(await firstLine(child))}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'k' },
      body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] }),
    });
    expect(await response.text()).toContain('I am a scripted model, not Claude');
  });

  test('tells a parent with an IPC channel its URL, and ends on SIGTERM', async () => {
    const child = spawn(process.execPath, [bin], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [message] = (await once(child, 'message')) as [{ url: string }];
    expect(message).toEqual({ type: 'listening', url: expect.stringMatching(/^http:/) });
    expect(await reachable(message.url)).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('goes with a parent that is killed', async () => {
    const parentSource = `
      const child = require('node:child_process').spawn(process.execPath, [${JSON.stringify(bin)}], { stdio: ['ignore', 1, 2, 'ipc'] });
      child.on('message', (message) => console.log(JSON.stringify(message)));`;
    const parent = spawn(process.execPath, ['--eval', parentSource], { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = readUrl(await firstLine(parent));
    expect(await reachable(url)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => reachable(url), { timeout: 10_000 }).toBe(false);
  });
});
