import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVault } from './aes-vault.ts';
import type { VaultPurpose } from './vault.ts';

const masterKey = randomBytes(32);
const vault = createVault(masterKey);
const alice = { id: 'usr_alice', data_key: vault.newDataKey() };
const bob = { id: 'usr_bob', data_key: vault.newDataKey() };
const purposes: readonly VaultPurpose[] = ['credential', 'profile', 'session'];

test('what is sealed opens again, also in a later process', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.constantFrom(...purposes), (plain, purpose) => {
      const sealed = vault.seal(alice, purpose, plain);
      expect(vault.open(alice, purpose, sealed)).toBe(plain);
      expect(createVault(masterKey).open(alice, purpose, sealed)).toBe(plain);
    }),
  );
});

test('the same text is sealed differently each time', () => {
  expect(vault.seal(alice, 'credential', 'x')).not.toBe(vault.seal(alice, 'credential', 'x'));
  expect(vault.newDataKey()).not.toBe(vault.newDataKey());
});

test.each([
  ['another owner', () => vault.open(bob, 'credential', vault.seal(alice, 'credential', 'x'))],
  ['another owner under the same key', () => vault.open({ ...alice, id: bob.id }, 'credential', vault.seal(alice, 'credential', 'x'))],
  ['another purpose', () => vault.open(alice, 'profile', vault.seal(alice, 'credential', 'x'))],
  ['another master key', () => createVault(randomBytes(32)).open(alice, 'credential', vault.seal(alice, 'credential', 'x'))],
  ['a data key as a text', () => vault.open(alice, 'credential', alice.data_key)],
  ['a text as a data key', () => vault.open({ ...alice, data_key: vault.seal(alice, 'credential', 'x') }, 'credential', 'v1.')],
  ['an empty text', () => vault.open(alice, 'credential', '')],
])('%s does not open it', (_, open) => {
  expect(open).toThrow(/^The vault cannot open a text/);
});

test('a text changed anywhere does not open', () => {
  const sealed = vault.seal(alice, 'credential', 'sk-ant-a-secret');
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'b', '0', '_', '.', ''), (at, character) => {
      fc.pre(sealed[at] !== character);
      const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
      expect(() => vault.open(alice, 'credential', changed)).toThrow(/^The vault cannot open a text/);
    }),
  );
});

test('more users than keys are kept still open theirs', () => {
  const users = Array.from({ length: 1100 }, (_, index) => ({ id: `usr_${index}`, data_key: vault.newDataKey() }));
  const sealed = users.map((user) => vault.seal(user, 'session', user.id));
  expect(users.every((user, index) => vault.open(user, 'session', sealed[index] ?? '') === user.id)).toBe(true);
});
