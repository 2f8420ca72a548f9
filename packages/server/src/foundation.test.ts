import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { layFoundation } from './foundation.ts';

async function lay(dataDir: string, sandbox: string, emails: readonly string[]): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const config = readConfig({ AI_SESSIONS_DATA_DIR: dataDir, AI_SESSIONS_SANDBOX: sandbox });
  const given = {
    config,
    log: pino({ level: 'silent' }),
    shutdown: new AbortController().signal,
    publicUrl: () => 'http://127.0.0.1:8080',
  };
  const { store } = await layFoundation(given, parts);
  for (const email of emails)
    await store.users.register({ id: email, email, registered_at: '2026-11-23T00:00:00.000Z', data_key: 'k' }, [], null, null);
}

test('without a sandbox nothing starts over the data of several users, and the mend is told', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'foundation '));
  try {
    await lay(dataDir, 'none', ['ada']);
    await lay(dataDir, 'none', []);
    await lay(dataDir, 'bubblewrap', ['bob']);
    await expect(lay(dataDir, 'none', [])).rejects.toThrow(
      /one user, and 2 are registered .*apt-get install -y bubblewrap.*AI_SESSIONS_DATA_DIR/,
    );
    await lay(dataDir, 'bubblewrap', []);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
