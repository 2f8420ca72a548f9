import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';

const schema = z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string(), returnTo: z.string() });

/** A sign-in under way, between the browser leaving for the issuer and its return. */
export type Flow = Readonly<z.output<typeof schema>>;

export const flowSeconds = 600;
const longestSeal = 4096;

/** Puts a flow under seal for the browser to keep, so that the return may reach any replica; the browser reads nothing of it. */
export interface FlowSeal {
  seal(flow: Flow): Promise<string>;
  /** null: forged, changed, or older than ten minutes. */
  open(sealed: string): Promise<Flow | null>;
}

/** An encrypted JWT (`dir`, A256GCM); `key` has 32 bytes. */
export function createFlowSeal(key: Buffer, clock: Clock): FlowSeal {
  return {
    seal: (flow) =>
      new EncryptJWT({ ...flow })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(clock.now() / 1000) + flowSeconds)
        .encrypt(key),
    async open(sealed) {
      if (sealed.length > longestSeal) return null;
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          currentDate: new Date(clock.now()),
        });
        return schema.parse(payload);
      } catch {
        return null;
      }
    },
  };
}
