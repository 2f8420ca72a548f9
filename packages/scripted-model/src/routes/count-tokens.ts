import { ScriptedApiError } from '../api-error.ts';
import { countTokensRequest } from '../messages-request.ts';
import { countTokens } from '../token-count.ts';
import { sendJson, type Call } from '../call.ts';
import { validationMessage } from './validation-message.ts';

/** POST /v1/messages/count_tokens: a rough count, the same that `usage` is based on. */
export function postCountTokens(call: Call): void {
  const parsed = countTokensRequest.safeParse(call.body);
  if (!parsed.success) throw new ScriptedApiError(400, validationMessage(parsed.error));
  sendJson(call, 200, { input_tokens: countTokens(call.text) });
}
