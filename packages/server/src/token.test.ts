import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { createLocalIssuer } from './auth/local/local-issuer.ts';
import { userIdOf } from './auth/user-id.ts';
import { systemClock } from './clock.ts';

const run = promisify(execFile);
const dataDir = mkdtempSync(path.join(tmpdir(), 'token-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const token = (args: string[], directory = dataDir) =>
  run(process.execPath, [path.join(import.meta.dirname, 'token.ts'), ...args], { env: { AI_SESSIONS_DATA_DIR: directory } }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );

test('prints a token that the server of the same data directory takes', async () => {
  const issuer = await createLocalIssuer({ dataDir, clock: systemClock });
  const { code, stdout } = await token(['Ada@Example.com', '--ttl', '60']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[\w.-]+\n$/);
  const identity = await issuer.verify(stdout.trim());
  expect(identity).toMatchObject({ userId: userIdOf('ada@example.com'), email: 'ada@example.com', emailVerified: true });
  expect(identity.expiresAt - Date.now()).toBeLessThan(61_000);
});

test.each([
  ['no address', []],
  ['what is no address', ['ada']],
  ['two addresses', ['a@example.com', 'b@example.com']],
  ['no time', ['a@example.com', '--ttl', '0']],
  ['more than a year', ['a@example.com', '--ttl', '31536001']],
  ['what is no number', ['a@example.com', '--ttl', '1h']],
  ['an unknown option', ['a@example.com', '--days', '1']],
])('refuses %s, and says how it is used', async (_, args) => {
  expect(await token(args)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('usage: npm run --silent token -- EMAIL [--ttl SECONDS]'),
  });
});

test('says to start the server where there is no key yet, and makes none', async () => {
  const missing = path.join(dataDir, 'new');
  const first = await token(['ada@example.com'], missing);
  expect(first).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/no key in .*new yet: start the server first/) });
  expect(await token(['ada@example.com'], missing)).toEqual(first);
});
