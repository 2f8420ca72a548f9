import path from 'node:path';
import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('the data directory is ./data unless set, and told to the parts in full', () => {
  expect(readSettings([], {}).dataDir).toBe(path.resolve('data'));
  expect(readSettings([], { AI_SESSIONS_DATA_DIR: '' }).dataDir).toBe(path.resolve('data'));
  expect(readSettings([], { AI_SESSIONS_DATA_DIR: 'elsewhere' }).env['AI_SESSIONS_DATA_DIR']).toBe(path.resolve('elsewhere'));
});

test('--demo is the one argument there is', () => {
  expect(readSettings(['--demo'], {}).env['AI_SESSIONS_DEMO']).toBe('1');
  expect(readSettings([], {}).env['AI_SESSIONS_DEMO']).toBeUndefined();
  expect(() => readSettings(['--dmeo'], {})).toThrow('--demo');
});
