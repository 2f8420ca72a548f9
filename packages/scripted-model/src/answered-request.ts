import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage, ScriptedApiError } from './api-error.ts';
import type { ScriptedModelContext } from './context.ts';
import { credentialOf } from './credential.ts';
import type { RecordedRequest } from './request-log.ts';
import { sendJson, type Call } from './call.ts';
import { route } from './routes/route.ts';

/** One line per answered request. `status` is 0 when the client left before there was one. */
export type ScriptedModelLog = (line: { method: string; path: string; status: number; ms: number }) => void;

export interface AnswerContext {
  context: ScriptedModelContext;
  closing: AbortSignal;
  accepted: readonly string[] | undefined;
  log: ScriptedModelLog | undefined;
  record(request: RecordedRequest): void;
}

/** Anthropic's limit for a request. */
const longestBody = 32 * 1024 * 1024;

/** Reads, records and answers one request. Never rejects. */
export async function answerRequest(request: IncomingMessage, response: ServerResponse, answering: AnswerContext): Promise<void> {
  const { context, closing, log } = answering;
  const at = context.clock();
  const left = new AbortController();
  response.on('close', () => left.abort(new Error('the client left')));
  response.on('error', () => {});
  const requestId = context.newId('req_');
  response.setHeader('request-id', requestId);
  response.setHeader('anthropic-organization-id', '00000000-0000-4000-8000-000000000000');
  const { method = 'GET', url: path = '/' } = request;
  const call: Call = {
    request,
    response,
    url: new URL(path, 'http://scripted-model'),
    requestId,
    signal: AbortSignal.any([left.signal, closing]),
    text: '',
    body: undefined,
  };
  try {
    const text = await readBody(request);
    const body = parseBody(text);
    const credential = credentialOf(request.headers);
    answering.record({ at, method, path, headers: headersOf(request), body, credential });
    await route({ ...call, text, body }, context, () => authenticate(credential?.value, answering.accepted));
  } catch (error) {
    sendError(call, error);
  }
  log?.({ method, path, status: response.headersSent ? response.statusCode : 0, ms: context.clock() - at });
}

/** Reads to the end even when it is too long: a client that is cut off while it sends never sees the 413. */
async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= longestBody) parts.push(part);
  }
  if (length > longestBody) throw new ScriptedApiError(413, errorMessage(413));
  return Buffer.concat(parts).toString();
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function authenticate(credential: string | undefined, accepted: readonly string[] | undefined): void {
  if (credential === undefined) throw new ScriptedApiError(401, 'x-api-key header is required');
  if (accepted !== undefined && !accepted.includes(credential)) throw new ScriptedApiError(401, 'invalid x-api-key');
}

function sendError(call: Call, error: unknown): void {
  if (call.signal.aborted || call.response.headersSent) {
    call.response.destroy();
    return;
  }
  const apiError = error instanceof ScriptedApiError ? error : new ScriptedApiError(500, 'Internal server error');
  if (apiError.retryAfter !== undefined) call.response.setHeader('retry-after', String(apiError.retryAfter));
  sendJson(call, apiError.status, apiError.body(call.requestId));
}
