import type { SignIn } from '../../../auth/sign-in.ts';
import type { Route } from '../../route.ts';
import { authConfig } from './auth-config.ts';
import { refresh } from './refresh.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';

export const webAuthRoutes = (issuer: SignIn): Route[] => [authConfig, signIn(issuer), refresh(issuer), signOut(issuer)];
