import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FAKE_TOKEN } from './fixtures/claude-stand-in.ts';
import { exchangeFailure } from './login-failure.ts';
import { type LoginScreen, readLoginScreen } from './login-screen.ts';
import { LoginTerminal } from './login-terminal.ts';

/** What Claude Code 2.1.330 wrote to a terminal of 1000 columns, before the code was pasted and after. */
const recording = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', `screen-${name}.bin`));

/** The screens that follow from the bytes, one for each piece of the given size; the last is whole. */
async function screens(bytes: Buffer, size: number): Promise<LoginScreen[]> {
  using terminal = new LoginTerminal();
  const seen: LoginScreen[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    await terminal.draw(bytes.subarray(at, at + size));
    seen.push(readLoginScreen(terminal.lines()));
  }
  return seen;
}

describe.each(['accepted', 'refused', 'broken'])('a recording: %s', (name) => {
  test('the address is seen whole or not at all, however the bytes are cut', async () => {
    for (const size of [83, 512, 1 << 20]) {
      const urls = new Set((await screens(recording(name), size)).map(({ url }) => url));
      urls.delete(null);
      // In one piece the first screen is the last, and the address is gone from it.
      expect(urls.size).toBeLessThanOrEqual(1);
      if (size < 1000) expect(urls.size).toBe(1);
      for (const url of urls) {
        const { host, searchParams } = new URL(url ?? '');
        expect(host).toBe('claude.com');
        expect(searchParams.get('state')).toMatch(/^[\w-]{43}$/);
        expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
        expect(searchParams.get('scope')).toBe('user:inference');
      }
    }
  });
});

test('the token of a screen that is repainted in part is the token', async () => {
  for (const size of [61, 512, 1 << 20]) {
    const last = (await screens(recording('accepted'), size)).at(-1);
    expect(last).toMatchObject({ token: FAKE_TOKEN, error: null });
  }
});

test.each([
  ['refused', 'rejected', /did not accept the code/],
  ['broken', 'failed', /HTTP 500/],
])('%s codes are told as %s', async (name, code, message) => {
  const { error, token } = (await screens(recording(name), 512)).at(-1) ?? {};
  expect(token).toBe(null);
  expect(exchangeFailure(error ?? '')).toMatchObject({ kind: 'failed', code, message: expect.stringMatching(message) });
});

test('a proxy is none of the user’s business', () => {
  const said = "Couldn't get an answer from the sign-in service (ECONNRESET). Check that the proxy set in HTTPS_PROXY allows connections.";
  expect(exchangeFailure(said).message).not.toMatch(/proxy/i);
  expect(exchangeFailure(said).code).toBe('failed');
});

test.each([
  ['https://claude.com.evil.example/cai/oauth/authorize?state=x'],
  ['http://claude.com/cai/oauth/authorize?state=x'],
  ['https://claude.com/cai/oauth/authorize?code=true'],
  ['https://claude.ai/oauth/authorize?short'],
])('no address of another place or without a state: %s', (line) => {
  expect(readLoginScreen([line, 'Paste code here if prompted']).url).toBe(null);
});

test('no token that something else is part of', () => {
  expect(
    readLoginScreen([`export CLAUDE_CODE_OAUTH_TOKEN=${FAKE_TOKEN}`, 'sk-ant-oat01-short', 'sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaaa']).token,
  ).toBe(null);
});
