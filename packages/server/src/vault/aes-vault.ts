import { type KeyObject, createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { Vault } from './vault.ts';

const nonceBytes = 12;
const tagBytes = 16;
const openedKeysKept = 1000;

/**
 * The vault on node:crypto: AES-256-GCM with a random 96-bit nonce for every text.
 * A text is `v1.` and the base64url of nonce, ciphertext and tag.
 * @param masterKey 32 bytes, see `loadMasterKey`.
 */
export function createVault(masterKey: Buffer): Vault {
  if (masterKey.length !== 32) throw new Error('A master key has 32 bytes.');
  const master = createSecretKey(masterKey);
  const opened = new Map<string, KeyObject>();

  function dataKey(wrapped: string): KeyObject {
    const known = opened.get(wrapped);
    if (known !== undefined) return known;
    const key = createSecretKey(decrypt(master, ['data key'], wrapped));
    const oldest = opened.keys().next();
    if (opened.size >= openedKeysKept && oldest.done !== true) opened.delete(oldest.value);
    opened.set(wrapped, key);
    return key;
  }

  return {
    newDataKey: () => encrypt(master, ['data key'], randomBytes(32)),
    seal: (owner, purpose, plain) => encrypt(dataKey(owner.data_key), [purpose, owner.id], Buffer.from(plain, 'utf8')),
    open: (owner, purpose, sealed) => decrypt(dataKey(owner.data_key), [purpose, owner.id], sealed).toString('utf8'),
  };
}

function encrypt(key: KeyObject, bound: readonly string[], plain: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(additionalData(bound));
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `v1.${sealed.toString('base64url')}`;
}

function decrypt(key: KeyObject, bound: readonly string[], text: string): Buffer {
  const bytes = Buffer.from(text.slice(3), 'base64url');
  // The second check refuses a text that decodes to the same bytes but is written differently.
  if (!text.startsWith('v1.') || bytes.toString('base64url') !== text.slice(3) || bytes.length < nonceBytes + tagBytes) {
    throw new Error('The vault cannot open a text: it is not one that it sealed.');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(additionalData(bound)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new Error(
      'The vault cannot open a text: it was sealed for another owner or purpose, was changed, or the master key is another.',
      { cause },
    );
  }
}

/** Binds version, use and owner; JSON, so that no two lists give the same bytes. */
function additionalData(bound: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['ai-sessions', 'v1', ...bound]));
}
