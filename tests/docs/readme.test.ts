import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { fencedBlocks, readPage, root } from './markdown.ts';

const heading = 'Use it with curl';
const blocks = fencedBlocks(readPage('README.md')).filter(({ headings, language }) => headings.at(-1) === heading && language === 'bash');

/** Pastes every command of the README into one shell, in order, while the demo runs. */
describe('the commands of the README', () => {
  let system: System;
  let printed: { readonly code: number; readonly output: string }[];

  beforeAll(async () => {
    system = await System.start({ arguments: ['--demo'] });
    printed = await pasted(
      blocks.map(({ text }) => text.replaceAll('localhost:8080', new URL(system.url).host)),
      { ...process.env, AI_SESSIONS_DATA_DIR: system.dataDir },
    );
  });
  afterAll(async () => {
    await system?.[Symbol.asyncDispose]();
  });

  test.each(blocks.map(({ text }, index) => [text.split('\n', 1)[0], index] as const))('%s', (_, index) => {
    const { code, output } = printed[index] ?? { code: null, output: 'the shell did not come this far' };
    expect(code, output).toBe(0);
    expect(output).not.toContain('"error":');
    expect(jsonIn(output), output).toBe(true);
  });

  test('do all that is described', () => {
    const all = printed.map(({ output }) => output).join('\n');
    for (const said of [
      '"registered":true',
      '"success":true',
      '"session":{',
      'result {',
      '"is_default":true',
      '"path":"/workspace/uploads/data.csv"',
      '"entries":[',
      '"terminated":true',
      '"deleted":true',
    ])
      expect(all).toContain(said);
  });
});

/** Runs the texts in one shell that stops at the first failure. Gives each one's exit code and what it printed. */
async function pasted(texts: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }[]> {
  const mark = '@@end of a block@@';
  const shell = spawn('bash', ['-eo', 'pipefail'], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  shell.stdin.end(texts.map((text) => `${text}\nprintf '\\n${mark}\\n'\n`).join(''));
  const code = await new Promise<number | null>((resolve, reject) => {
    shell.once('error', reject);
    shell.once('close', resolve);
  });
  const parts = output.split(`\n${mark}\n`);
  return parts.map((part, index) => ({ code: index === parts.length - 1 ? (code ?? 1) : 0, output: part }));
}

function jsonIn(output: string): boolean {
  return output.split('\n').some((line) => {
    const at = line.indexOf('{');
    if (at === -1) return false;
    // Answers of several calls stand on one line.
    return line
      .slice(at)
      .split(/(?<=\})(?=\{)/)
      .some((text) => isJson(text));
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
