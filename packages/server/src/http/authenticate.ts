import { ApiError } from '@ai-sessions/protocol';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../auth/auth.ts';
import type { AppContext } from '../context.ts';

/** The user a request speaks for. @throws ApiError `unauthorized`. */
export async function authenticate({ verifier }: Pick<AppContext, 'verifier'>, request: FastifyRequest): Promise<Identity> {
  return await verifier.verify(bearerToken(request.headers.authorization));
}

/** @throws ApiError `not_registered`. */
export async function requireRegistered({ store }: Pick<AppContext, 'store'>, { userId }: Identity): Promise<void> {
  if ((await store.users.get(userId)) === null) {
    throw new ApiError('not_registered', 'You are not registered. Register first: POST /v1/register.');
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new ApiError('unauthorized', 'No token. Send the header "Authorization: Bearer <token>".');
  const [, token] = /^Bearer +([^\s,]+) *$/i.exec(header) ?? [];
  if (token === undefined) throw new ApiError('unauthorized', 'The Authorization header is not of the form "Bearer <token>".');
  return token;
}
