import type { SignIn } from '../auth/sign-in.ts';
import type { Audit } from './audit.ts';

/** Signing in and out, written down. A refresh is no act: the browser does it by itself. */
export function auditedSignIn(signIn: SignIn, audit: Audit): SignIn {
  return {
    ...signIn,
    async exchange(code) {
      const signedIn = await signIn.exchange(code);
      await audit.record(signedIn.userId, 'signed_in', null);
      return signedIn;
    },
    async signOut(refreshToken) {
      const userId = await signIn.signOut(refreshToken);
      if (userId !== null) await audit.record(userId, 'signed_out', null);
      return userId;
    },
  };
}
