import type { Duplex } from 'node:stream';
import { closeCodes, fixedLimits } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/auth.ts';
import { isLive } from '../domain/session-state.ts';
import type { LogPage } from '../store/store.ts';
import { handleClientFrame } from './client-frame.ts';
import { ClientSender } from './client-sender.ts';
import { timedSocket } from './client-timers.ts';
import { textOf } from './message-text.ts';
import type { SocketsContext } from './sockets.ts';
import { textFrames } from './text-frames.ts';

export interface ClientAttachment {
  readonly identity: Identity;
  readonly sessionId: string;
  readonly afterSeq: number;
  readonly deltas: boolean;
}

/** Frames of one client that wait to be handled; beyond it the socket is not read. */
const maxWaiting = 64;

/** Serves one viewer of one session, from history to the end of the session or of the connection. */
export async function serveClient(ws: WebSocket, socket: Duplex, ctx: SocketsContext, attachment: ClientAttachment): Promise<void> {
  const { sessionId, identity } = attachment;
  const gone = new AbortController();
  const sender = new ClientSender(ws, socket, gone.signal);
  const send = (text: string) => sender.text(text);
  /** Made when it is needed: most viewers only look. */
  let connectionId: string | undefined;
  let waiting = 0;
  let turn = Promise.resolve();

  timedSocket(ws, ctx.clock, identity);
  ws.on('close', () => gone.abort());
  ws.on('error', (error) => ctx.log.debug({ err: error, session: sessionId }, 'a client socket failed'));
  ws.on('message', (data, isBinary) => {
    if (++waiting >= maxWaiting) ws.pause();
    turn = turn
      .then(() =>
        gone.signal.aborted
          ? undefined
          : handleClientFrame(
              ctx,
              { connectionId: (connectionId ??= ctx.ids.uuid()), userId: identity.userId, sessionId, send },
              isBinary ? null : textOf(data),
            ),
      )
      .catch((error: unknown) => {
        ctx.log.error({ err: error, session: sessionId }, 'a client frame failed');
        ws.close(closeCodes.internal, 'internal error');
      })
      .finally(() => {
        if (--waiting < maxWaiting && ws.isPaused) ws.resume();
      });
  });

  try {
    const ended = await attach(ws, ctx, attachment, sender, gone.signal);
    if (ended) ws.close(closeCodes.sessionEnded, 'session ended');
  } catch (error) {
    ctx.log.error({ err: error, session: sessionId }, 'a viewer could not be attached');
    ws.close(closeCodes.internal, 'internal error');
  }
}

/** Feeds the viewer. True if the session had ended before: its history and its `session_end` are sent then. */
async function attach(
  ws: WebSocket,
  ctx: SocketsContext,
  attachment: ClientAttachment,
  sender: ClientSender,
  signal: AbortSignal,
): Promise<boolean> {
  const { sessionId, afterSeq, deltas } = attachment;
  const history = (page: LogPage, more: boolean) => sender.history(page, more, sessionId, ctx.clock.timestamp());
  const row = await ctx.store.sessions.get(sessionId);
  if (row === null || !isLive(row.state)) {
    await sendEndedSession(ctx, sessionId, afterSeq, history, sender);
    return true;
  }
  await ctx.feed.attach(
    sessionId,
    afterSeq,
    {
      history,
      send(parcel) {
        sender.frames(parcel.packed(textFrames));
        if (parcel.ends) ws.close(closeCodes.sessionEnded, 'session ended');
      },
    },
    { deltas, signal },
  );
  // The session may have ended between the look above and the attachment; its end was then part of the history.
  const state = (await ctx.store.sessions.get(sessionId))?.state;
  if (signal.aborted || (state !== undefined && isLive(state))) return false;
  for (const envelope of await ctx.store.log.at(sessionId, [state?.last_seq ?? 0])) sender.text(envelope);
  return true;
}

async function sendEndedSession(
  ctx: SocketsContext,
  sessionId: string,
  afterSeq: number,
  history: (page: LogPage, more: boolean) => Promise<void>,
  sender: ClientSender,
): Promise<void> {
  const last = (await ctx.store.sessions.get(sessionId))?.state.last_seq ?? 0;
  let cursor = Math.min(afterSeq, last);
  let more = true;
  while (more) {
    const page = await ctx.store.log.page(sessionId, cursor, 1000, fixedLimits.historyFrameBytes - 1024);
    cursor = Math.max(cursor, page.lastSeq);
    more = page.count > 0 && cursor < last;
    await history(page, more);
  }
  for (const envelope of await ctx.store.log.at(sessionId, [last])) sender.text(envelope);
}
