import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { DownloadGrant, UploadGrant } from '../blobs.ts';

const longestGrant = 8000;

export type Grant = ({ readonly access: 'put' } & UploadGrant) | ({ readonly access: 'get' } & DownloadGrant);

/** Signed permissions for one blob; nothing is stored, any replica with the same master key verifies them. */
export interface Grants {
  issue(grant: Grant): string;
  /** What the text permits for the blob of this id; null if it is malformed, forged, of another blob, or over its end. */
  verify(id: string, text: string): Grant | null;
}

const payload = z.union([
  z.tuple([z.literal('put'), z.string(), z.int(), z.int(), z.string()]),
  z.tuple([z.literal('get'), z.string(), z.int(), z.string()]),
]);

/** Grants are `payload.mac`: HMAC-SHA256 with a key derived (HKDF) from the master key for this use alone. */
export function createGrants({ masterKey, clock }: { readonly masterKey: Buffer; readonly clock: Clock }): Grants {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'ai-sessions signed url v1', 32));
  const macOf = (signed: string) => createHmac('sha256', key).update(signed).digest();
  return {
    issue(grant) {
      const { access, id, endsAt } = grant;
      const content: z.infer<typeof payload> =
        access === 'put' ? [access, id, endsAt, grant.size, grant.contentType] : [access, id, endsAt, grant.filename];
      const signed = Buffer.from(JSON.stringify(content)).toString('base64url');
      return `${signed}.${macOf(signed).toString('base64url')}`;
    },
    verify(id, text) {
      const [signed = '', mac = '', ...more] = text.length > longestGrant ? [] : text.split('.');
      const given = Buffer.from(mac, 'base64url');
      const expected = macOf(signed);
      // Compared as text too: base64url has several spellings of the same bytes.
      if (
        more.length > 0 ||
        given.length !== expected.length ||
        !timingSafeEqual(given, expected) ||
        mac !== expected.toString('base64url')
      )
        return null;
      const content = payload.parse(JSON.parse(Buffer.from(signed, 'base64url').toString()));
      const [access, grantedId, endsAt] = content;
      if (grantedId !== id || clock.now() >= endsAt) return null;
      return access === 'put'
        ? { access, id, endsAt, size: content[3], contentType: content[4] }
        : { access, id, endsAt, filename: content[3] };
    },
  };
}
