import { ApiError } from '@ai-sessions/protocol';
import type { SignIn } from '../../../auth/sign-in.ts';
import { defineRoute } from '../../route.ts';
import { checkOrigin, clearRefreshCookie, refreshCookie, setRefreshCookie } from './refresh-cookie.ts';
import { webAuthContract } from './web-auth-contract.ts';

export const refresh = (issuer: SignIn) =>
  defineRoute(webAuthContract.refresh, {
    async handler(ctx, { request, reply }) {
      checkOrigin(ctx, request);
      const cookie = refreshCookie(request);
      if (cookie === undefined) throw new ApiError('unauthorized', 'You are not signed in. Sign in first.');
      try {
        const signedIn = await issuer.refresh(cookie);
        setRefreshCookie(ctx, reply, signedIn);
        return { status: 200, body: { token: signedIn.token, expires_in: signedIn.expiresIn, email: signedIn.email } };
      } catch (error) {
        if (error instanceof ApiError && error.code === 'unauthorized') clearRefreshCookie(ctx, reply);
        throw error;
      }
    },
  });
