import type { SignIn } from '../../../auth/sign-in.ts';
import { defineRoute } from '../../route.ts';
import { checkOrigin, setRefreshCookie } from './refresh-cookie.ts';
import { webAuthContract } from './web-auth-contract.ts';

export const signIn = (issuer: SignIn) =>
  defineRoute(webAuthContract.signIn, {
    limit: 'sign_in',
    async handler(ctx, { body, request, reply }) {
      checkOrigin(ctx, request);
      const signedIn = await issuer.exchange(body.code);
      setRefreshCookie(ctx, reply, signedIn);
      return { status: 200, body: { token: signedIn.token, expires_in: signedIn.expiresIn, email: signedIn.email } };
    },
  });
