import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';

const leewayMs = 10_000;
const longestToken = 1000;

/** One incarnation of a session, whose model calls a gateway token admits. */
export interface Incarnation {
  readonly sessionId: string;
  readonly epoch: number;
  readonly userId: string;
}

/** Short-lived bearers for the gateway; nothing is stored, any replica with the same master key verifies them. */
export interface GatewayTokens {
  issue(incarnation: Incarnation, ttlSeconds: number): string;
  /** Who the token speaks for; null if it is malformed, forged, or over its end (10 s leeway). */
  verify(token: string): Incarnation | null;
}

const payload = z.tuple([z.string(), z.int(), z.string(), z.int()]);

/** Tokens are `gw1.payload.mac`: HMAC-SHA256 with a key derived (HKDF) from the master key for this use alone. */
export function createGatewayTokens({ masterKey, clock }: { readonly masterKey: Buffer; readonly clock: Clock }): GatewayTokens {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'ai-sessions gateway token v1', 32));
  const macOf = (signed: string) => createHmac('sha256', key).update(signed).digest();
  return {
    issue({ sessionId, epoch, userId }, ttlSeconds) {
      const content = JSON.stringify([sessionId, epoch, userId, clock.now() + ttlSeconds * 1000]);
      const signed = `gw1.${Buffer.from(content).toString('base64url')}`;
      return `${signed}.${macOf(signed).toString('base64url')}`;
    },
    verify(token) {
      const end = token.lastIndexOf('.');
      if (token.length > longestToken || !token.startsWith('gw1.') || end < 5) return null;
      const signed = token.slice(0, end);
      const given = Buffer.from(token.slice(end + 1), 'base64url');
      const expected = macOf(signed);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const [sessionId, epoch, userId, endsAt] = payload.parse(JSON.parse(Buffer.from(signed.slice(4), 'base64url').toString()));
      return clock.now() < endsAt + leewayMs ? { sessionId, epoch, userId } : null;
    },
  };
}
