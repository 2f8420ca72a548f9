import type { SignIn } from '../../../auth/sign-in.ts';
import { defineRoute } from '../../route.ts';
import { checkOrigin, clearRefreshCookie, refreshCookie } from './refresh-cookie.ts';
import { webAuthContract } from './web-auth-contract.ts';

export const signOut = (issuer: SignIn) =>
  defineRoute(webAuthContract.signOut, {
    async handler(ctx, { request, reply }) {
      checkOrigin(ctx, request);
      const cookie = refreshCookie(request);
      if (cookie !== undefined) await issuer.signOut(cookie);
      clearRefreshCookie(ctx, reply);
      return { status: 200, body: { signed_out: true } };
    },
  });
