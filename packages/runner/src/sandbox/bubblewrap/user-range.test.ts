import { expect, test } from 'vitest';
import { accountsWithin, DEFAULT_USERS, parseUserRange } from './user-range.ts';

test.each([
  [undefined, DEFAULT_USERS],
  ['', DEFAULT_USERS],
  ['70000-89999', DEFAULT_USERS],
  [' 1 - 1 ', { first: 1, count: 1 }],
  ['200000-4294967294', { first: 200_000, count: 4_294_767_295 }],
])('%j is read', (setting, range) => {
  expect(parseUserRange(setting)).toEqual(range);
});

test.each(['0-100', '0', '100', '9-8', '1-2-3', 'root-nobody', '-1-5', '1-4294967295', '1.5-3', '0x10-0x20'])(
  '%j is refused',
  (setting) => {
    expect(() => parseUserRange(setting)).toThrow(/AI_SESSIONS_SANDBOX_USERS .* e\.g\. 70000-89999/);
  },
);

test('accounts of the host in the range are named', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nann:x:70000:1:::\nbob:x:89999:1:::\ncid:x:90000:1:::\n\nbroken\n';
  expect(accountsWithin(DEFAULT_USERS, passwd)).toEqual(['ann (70000)', 'bob (89999)']);
});
