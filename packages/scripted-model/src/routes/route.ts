import { ScriptedApiError } from '../api-error.ts';
import type { ScriptedModelContext } from '../context.ts';
import type { Call } from '../call.ts';
import { postCountTokens } from './count-tokens.ts';
import { postMessages } from './messages.ts';
import { getModel, listModels } from './models.ts';

/** Finds the route and answers; `authenticate` throws when the credential is missing or refused. */
export async function route(call: Call, context: ScriptedModelContext, authenticate: () => void): Promise<void> {
  const answer = findRoute(call, context);
  if (answer === undefined) throw new ScriptedApiError(404, `Not Found: ${call.request.method} ${call.url.pathname}`);
  authenticate();
  await answer();
}

function findRoute(call: Call, context: ScriptedModelContext): (() => Promise<void> | void) | undefined {
  const { pathname } = call.url;
  if (call.request.method === 'POST' && pathname === '/v1/messages') return () => postMessages(call, context);
  if (call.request.method === 'POST' && pathname === '/v1/messages/count_tokens') return () => postCountTokens(call);
  if (call.request.method === 'GET' && pathname === '/v1/models') return () => listModels(call);
  const id = /^\/v1\/models\/([^/]+)$/.exec(pathname)?.[1];
  return call.request.method === 'GET' && id !== undefined ? () => getModel(call, decodeURIComponent(id)) : undefined;
}
