import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { createPrivateFile, readPrivateFile } from '../../vault/private-file.ts';

const privateJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

/** The key pair that signs and verifies the local issuer's tokens (ES256). */
export interface IssuerKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Reads the key of a data directory; null if there is none. @throws Error if the file is malformed or readable by others. */
export async function readIssuerKey(dataDir: string): Promise<IssuerKey | null> {
  const file = keyFile(dataDir);
  const text = readPrivateFile(file);
  return text === null ? null : await parse(text, file);
}

/** Reads the key of a data directory, and makes one where there is none: `issuer.key.json`, mode 0600. */
export async function readOrCreateIssuerKey(dataDir: string): Promise<IssuerKey> {
  const present = await readIssuerKey(dataDir);
  if (present !== null) return present;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = keyFile(dataDir);
  return await parse(createPrivateFile(file, `${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`), file);
}

function keyFile(dataDir: string): string {
  return path.join(dataDir, 'issuer.key.json');
}

async function parse(text: string, file: string): Promise<IssuerKey> {
  try {
    const jwk = privateJwk.parse(JSON.parse(text));
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    return { id: await calculateJwkThumbprint(jwk), privateKey, publicKey: createPublicKey(privateKey) };
  } catch {
    // The cause could quote the key.
    throw new Error(`${file} does not hold a signing key. Remove it to have a new one made; everyone then signs in again.`);
  }
}
