import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadMasterKey } from './master-key.ts';
import { createPrivateFile } from './private-file.ts';

let dataDir: string;
beforeEach(() => void (dataDir = path.join(mkdtempSync(path.join(tmpdir(), 'master-key-')), 'data')));
afterEach(() => rmSync(path.dirname(dataDir), { recursive: true }));

const inFile = () => loadMasterKey({ dataDir, masterKey: null });

test('the first start makes a key that only its owner may read, and later starts use it', () => {
  const key = inFile();
  expect(key).toHaveLength(32);
  expect(inFile()).toEqual(key);
  expect(readFileSync(path.join(dataDir, 'master.key'), 'utf8').trim()).toBe(key.toString('base64'));
  expect(readdirSync(dataDir).toSorted()).toEqual(['master.key', 'master.key.check']);
  for (const file of readdirSync(dataDir)) expect(statSync(path.join(dataDir, file)).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test('of two that create it, both get the first one', () => {
  const file = path.join(dataDir, 'issuer.key');
  expect(createPrivateFile(file, 'first')).toBe('first');
  expect(createPrivateFile(file, 'second')).toBe('first');
  expect(readdirSync(dataDir)).toEqual(['issuer.key']);
});

test('a key in the settings is used and not written down', () => {
  const given = Buffer.alloc(32, 7).toString('base64');
  expect(loadMasterKey({ dataDir, masterKey: given })).toEqual(Buffer.alloc(32, 7));
  expect(readdirSync(dataDir)).toEqual(['master.key.check']);
});

test('a file that others may read is refused with the mend', () => {
  inFile();
  chmodSync(path.join(dataDir, 'master.key'), 0o640);
  expect(inFile).toThrow(/can be read by others \(mode 640\).*chmod 600 '.*master\.key'/);
});

test.each(['', 'short', `${'A'.repeat(43)}=\nmore`, Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
  'a malformed key is refused: %j',
  (text) => {
    inFile();
    writeFileSync(path.join(dataDir, 'master.key'), text);
    expect(inFile).toThrow(/32 bytes in base64/);
  },
);

test('a key that was lost or exchanged is told at the start', () => {
  inFile();
  expect(() => loadMasterKey({ dataDir, masterKey: Buffer.alloc(32).toString('base64') })).toThrow(
    /is not the master key this data directory was made with/,
  );
  rmSync(path.join(dataDir, 'master.key'));
  expect(inFile).toThrow(/is missing.*backup/);
  rmSync(path.join(dataDir, 'master.key.check'));
  expect(inFile()).toHaveLength(32);
});
