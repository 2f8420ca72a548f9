import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import path from 'node:path';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

const keyFile = 'master.key';
const checkFile = 'master.key.check';

/**
 * The 32 bytes that wrap the users' data keys: from the settings, else from `master.key` in the data directory, made
 * at the first start. `master.key.check` beside it holds a fingerprint, so that a lost or exchanged key is told at the
 * start and not at the first user's credential.
 * @throws Error that says what to do: the key is malformed, readable by others, gone, or not the one of this data directory.
 */
export function loadMasterKey(config: { readonly dataDir: string; readonly masterKey: string | null }): Buffer {
  const check = path.join(config.dataDir, checkFile);
  const source = config.masterKey === null ? path.join(config.dataDir, keyFile) : 'AI_SESSIONS_MASTER_KEY';
  const masterKey = parse(config.masterKey ?? storedKey(config.dataDir, check), source);
  verifyMasterKey(masterKey, check, source);
  return masterKey;
}

function storedKey(dataDir: string, check: string): string {
  const file = path.join(dataDir, keyFile);
  const stored = readPrivateFile(file);
  if (stored !== null) return stored;
  if (readPrivateFile(check) !== null) {
    throw new Error(
      `${file} is missing, and what is stored here was sealed with it. Put it back from your backup, or set AI_SESSIONS_MASTER_KEY. ` +
        `To begin with a new key, remove ${check}: every stored credential then has to be entered again.`,
    );
  }
  return createPrivateFile(file, `${randomBytes(32).toString('base64')}\n`);
}

function parse(text: string, source: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, 'base64');
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=?$/.test(trimmed)) {
    throw new Error(`${source} does not hold a master key: 32 bytes in base64 are expected, as printed by: openssl rand -base64 32`);
  }
  return key;
}

function verifyMasterKey(masterKey: Buffer, check: string, source: string): void {
  const fingerprint = createHmac('sha256', masterKey).update('ai-sessions master key check v1').digest('base64url');
  const expected = Buffer.from((readPrivateFile(check) ?? createPrivateFile(check, `${fingerprint}\n`)).trim());
  const actual = Buffer.from(fingerprint);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new Error(
      `${source} is not the master key this data directory was made with. Use the earlier key, ` +
        `or remove ${check} to begin with this one: every stored credential then has to be entered again.`,
    );
  }
}
