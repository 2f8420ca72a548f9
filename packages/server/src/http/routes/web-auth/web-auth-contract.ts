import { type RouteContract } from '@ai-sessions/protocol';
import { z } from 'zod';

const signedIn = z.strictObject({ token: z.string(), expires_in: z.int(), email: z.string() });
const empty = z.strictObject({}).nullish();

/** The web UI's own sign-in: no part of the public contract. */
export const webAuthContract = {
  config: {
    method: 'GET',
    path: '/auth/config',
    auth: 'none',
    replies: { 200: z.strictObject({ mode: z.enum(['local', 'oidc']), demo: z.boolean(), claude_login: z.boolean() }) },
  },
  signIn: {
    method: 'POST',
    path: '/auth/sign-in',
    auth: 'none',
    body: z.strictObject({ code: z.string().min(1).max(500) }),
    replies: { 200: signedIn },
  },
  refresh: { method: 'POST', path: '/auth/refresh', auth: 'none', body: empty, replies: { 200: signedIn } },
  signOut: {
    method: 'POST',
    path: '/auth/sign-out',
    auth: 'none',
    body: empty,
    replies: { 200: z.strictObject({ signed_out: z.literal(true) }) },
  },
} as const satisfies Record<string, RouteContract>;
