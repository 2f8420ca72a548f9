import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The secret that runners of this server show: `<dataDir>/runner.token`, made at the first start, mode 0600.
 * Whole or not there, also when two start at once.
 */
export function readOrCreateRunnerToken(dataDir: string): string {
  const file = path.join(dataDir, 'runner.token');
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(fresh, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}

/** A constant-time check against the runner token. */
export function runnerTokenCheck(expected: string): (given: string) => boolean {
  const wanted = Buffer.from(expected);
  return (given) => {
    const shown = Buffer.from(given);
    return shown.length === wanted.length && timingSafeEqual(shown, wanted);
  };
}
