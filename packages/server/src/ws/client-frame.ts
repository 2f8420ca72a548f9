import {
  ApiError,
  type ClientFrame,
  type SocketError,
  type SocketErrorCode,
  clientFrame,
  detailsOf,
  promptId,
  questionId,
} from '@ai-sessions/protocol';
import { z } from 'zod';
import type { AppContext } from '../context.ts';
import { tooManyUploads } from '../files/upload-budget.ts';
import { StoreFailure, toldOfStore } from '../store/store-failure.ts';
import { liveText } from '../sessions/live-text.ts';

export interface ClientPeer {
  readonly connectionId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly send: (text: string) => void;
}

/** Handles one message of a client; every refusal is answered by an `error` frame and the connection stays. `text` is null for a binary message. */
export async function handleClientFrame(ctx: AppContext, peer: ClientPeer, text: string | null): Promise<void> {
  const fail = (error: SocketError) => sendError(ctx, peer, error);
  const raw = parseJson(text);
  const echo = echoOf(raw);
  const budget = await ctx.limits.take('ws_messages', peer.connectionId);
  if (!budget.allowed)
    return fail({
      code: 'rate_limited',
      message: `At most ${budget.limit} messages a second. Send this one again later.`,
      retry_after_ms: budget.resetMs,
      ...echo,
    });
  const frame = clientFrame.safeParse(raw);
  if (!frame.success) return fail({ code: 'invalid_message' satisfies SocketErrorCode, message: explain(raw, frame.error), ...echo });
  try {
    await act(ctx, peer, frame.data);
  } catch (thrown) {
    const error = thrown instanceof StoreFailure ? toldOfStore(thrown) : thrown;
    if (!(error instanceof ApiError)) throw error;
    fail({ ...toldAs(error), ...(await aboutSession(ctx, peer, error)), ...echo });
  }
}

/** What only the socket says: that its session is gone, or that it ended by a crash. */
async function aboutSession(ctx: AppContext, peer: ClientPeer, { code }: ApiError): Promise<{ code?: SocketErrorCode }> {
  if (code !== 'not_found' && code !== 'session_not_running') return {};
  const state = (await ctx.store.sessions.get(peer.sessionId))?.state;
  if (state === undefined) return { code: 'session_not_found' };
  return code === 'session_not_running' && state.termination_reason === 'process_crashed' ? { code: 'session_crashed' } : {};
}

async function act(ctx: AppContext, peer: ClientPeer, frame: ClientFrame): Promise<void> {
  const { userId, sessionId } = peer;
  switch (frame.type) {
    case 'prompt':
      return prompt(ctx, peer, frame.payload);
    case 'interrupt':
      return ctx.sessions.interrupt(userId, sessionId);
    case 'cancel_prompt':
      return ctx.sessions.cancelPrompt(userId, sessionId, frame.payload.prompt_id);
    case 'tool_approval_response':
      return ctx.sessions.resolveApproval(userId, sessionId, frame.payload);
    case 'ask_user_question_response':
      return ctx.sessions.resolveQuestion(userId, sessionId, frame.payload.question_id, frame.payload.answers);
    case 'heartbeat':
      peer.send(liveText(ctx.clock, sessionId, 'heartbeat', {}));
      return;
    case 'upload_request':
    case 'upload_complete':
    case 'download_request':
      // Not waited for: a file on its way must not hold up the prompt or the interrupt behind it.
      void transfer(ctx, peer, frame);
      return;
    default: {
      const unreachable: never = frame;
      return unreachable;
    }
  }
}

/** A prompt takes from the session's minute; one that is refused or known already gives it back. */
async function prompt(ctx: AppContext, peer: ClientPeer, payload: Extract<ClientFrame, { type: 'prompt' }>['payload']): Promise<void> {
  const { userId, sessionId } = peer;
  const budget = await ctx.limits.take('prompts', sessionId);
  if (!budget.allowed) {
    throw new ApiError('rate_limited', `At most ${budget.limit} prompts a minute. Send this one again later.`, {
      retryAfterSeconds: budget.resetMs / 1000,
    });
  }
  let counted = false;
  try {
    const { repeated } = await ctx.sessions.send(userId, sessionId, { text: payload.text, clientMessageId: payload.client_msg_id });
    counted = !repeated;
  } finally {
    if (!counted) await ctx.limits.giveBack('prompts', sessionId);
  }
}

type FileFrame = Extract<ClientFrame, { type: 'upload_request' | 'upload_complete' | 'download_request' }>;

/** Never rejects: what goes wrong is told by an `error` frame with the request's id. */
async function transfer(ctx: AppContext, peer: ClientPeer, frame: FileFrame): Promise<void> {
  const { request_id } = frame.payload;
  try {
    peer.send(await transferred(ctx, peer, frame));
  } catch (error) {
    if (error instanceof ApiError) return sendError(ctx, peer, { ...toldAs(error), request_id });
    ctx.log.error({ err: error, session: peer.sessionId }, 'a file frame failed');
    sendError(ctx, peer, { code: 'internal', message: 'Something went wrong on our side. Try again.', request_id });
  }
}

async function transferred(ctx: AppContext, { userId, sessionId }: ClientPeer, frame: FileFrame): Promise<string> {
  const { request_id } = frame.payload;
  switch (frame.type) {
    case 'upload_request': {
      const upload = await countedUpload(ctx, sessionId, () => ctx.files.requestUpload(userId, sessionId, frame.payload));
      return liveText(ctx.clock, sessionId, 'upload_url', { request_id, ...upload });
    }
    case 'upload_complete': {
      const { path } = await ctx.files.completeUpload(userId, sessionId, frame.payload.upload_id);
      return liveText(ctx.clock, sessionId, 'upload_done', { request_id, path });
    }
    case 'download_request': {
      const download = await ctx.files.requestDownload(userId, sessionId, frame.payload.path, frame.payload.archive);
      return liveText(ctx.clock, sessionId, 'download_url', { request_id, ...download });
    }
    default: {
      const unreachable: never = frame;
      return unreachable;
    }
  }
}

/** An upload takes from the session's minute, as over REST; one that is refused gives it back. */
async function countedUpload<T>(ctx: AppContext, sessionId: string, request: () => Promise<T>): Promise<T> {
  const budget = await ctx.limits.take('uploads', sessionId);
  if (!budget.allowed) throw tooManyUploads(budget);
  try {
    return await request();
  } catch (error) {
    await ctx.limits.giveBack('uploads', sessionId);
    throw error;
  }
}

function sendError(ctx: AppContext, peer: ClientPeer, error: SocketError): void {
  peer.send(liveText(ctx.clock, peer.sessionId, 'error', error));
}

function toldAs({ code, message, retryAfterSeconds, first }: ApiError): SocketError {
  return {
    code,
    message,
    ...(retryAfterSeconds === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterSeconds * 1000) }),
    ...(first === undefined ? {} : { resolved_by: first.by, resolved_at: first.at }),
  };
}

function parseJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** What tells the client which of its frames an error is about. */
function echoOf(raw: unknown): Echo {
  const payload = isRecord(raw) && isRecord(raw['payload']) ? raw['payload'] : {};
  const names = Object.keys(echoed) as (keyof typeof echoed)[];
  return Object.fromEntries(
    names.flatMap((name) => (echoed[name].safeParse(payload[name]).success ? [[name, payload[name]]] : [])),
  ) as Echo;
}

/** The ids a frame may be known by; what does not look like one is not sent back. */
const echoed = {
  client_msg_id: z.string().max(64),
  request_id: z.string().max(64),
  tool_use_id: z.string().max(200),
  question_id: questionId,
  prompt_id: promptId,
} as const;
type Echo = { [K in keyof typeof echoed]?: string };

function explain(raw: unknown, error: Parameters<typeof detailsOf>[0]): string {
  if (!isRecord(raw) || typeof raw['type'] !== 'string') return 'A message is a JSON object {"type": …, "payload": …}, sent as text.';
  const faults = detailsOf(error).slice(0, 3);
  return `The message is not valid: ${faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
