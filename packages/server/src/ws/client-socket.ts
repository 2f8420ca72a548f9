import { closeCodes, fixedLimits } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/auth.ts';
import { isLive } from '../domain/session-state.ts';
import { handleClientFrame } from './client-frame.ts';
import { timedSocket } from './client-timers.ts';
import { textOf } from './message-text.ts';
import type { SocketsContext } from './sockets.ts';

export interface ClientAttachment {
  readonly identity: Identity;
  readonly sessionId: string;
  readonly afterSeq: number;
  readonly deltas: boolean;
}

/** Frames of one client that wait to be handled; beyond it the socket is not read. */
const maxWaiting = 64;
const roomBytes = 1024 * 1024;
const drainPatienceMs = 60_000;

/** Serves one viewer of one session, from history to the end of the session or of the connection. */
export async function serveClient(ws: WebSocket, ctx: SocketsContext, attachment: ClientAttachment): Promise<void> {
  const { sessionId, identity } = attachment;
  const gone = new AbortController();
  const sender = createSender(ws, gone.signal);
  const connectionId = ctx.ids.uuid();
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
          : handleClientFrame(ctx, { connectionId, userId: identity.userId, sessionId, send: sender.send }, isBinary ? null : textOf(data)),
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
  sender: Sender,
  signal: AbortSignal,
): Promise<boolean> {
  const { sessionId, afterSeq, deltas } = attachment;
  const history = async (envelopes: readonly string[], more: boolean) => {
    sender.send(
      `{"type":"history","payload":{"messages":[${envelopes.join(',')}],"more":${more}},"timestamp":"${ctx.clock.timestamp()}","session_id":"${sessionId}"}`,
    );
    await sender.room();
  };
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
      events(envelopes) {
        for (const envelope of envelopes) {
          sender.send(envelope);
          if (envelope.startsWith('{"type":"session_end"')) ws.close(closeCodes.sessionEnded, 'session ended');
        }
      },
      live: ({ text }) => sender.send(text),
      status: (frame) => sender.send(frame),
    },
    { deltas, signal },
  );
  // The session may have ended between the look above and the attachment; its end was then part of the history.
  const state = (await ctx.store.sessions.get(sessionId))?.state;
  if (signal.aborted || (state !== undefined && isLive(state))) return false;
  for (const envelope of await ctx.store.log.at(sessionId, [state?.last_seq ?? 0])) sender.send(envelope);
  return true;
}

async function sendEndedSession(
  ctx: SocketsContext,
  sessionId: string,
  afterSeq: number,
  history: (envelopes: readonly string[], more: boolean) => Promise<void>,
  sender: Sender,
): Promise<void> {
  const last = (await ctx.store.sessions.get(sessionId))?.state.last_seq ?? 0;
  let cursor = Math.min(afterSeq, last);
  let more = true;
  while (more) {
    const page = await ctx.store.log.read(sessionId, cursor, 1000, fixedLimits.historyFrameBytes - 1024);
    cursor = Math.max(cursor, page.lastSeq);
    more = page.envelopes.length > 0 && cursor < last;
    await history(page.envelopes, more);
  }
  for (const envelope of await ctx.store.log.at(sessionId, [last])) sender.send(envelope);
}

interface Sender {
  /** Sends a text; a peer that has fallen 4 MiB behind is closed with 4008 instead. */
  readonly send: (text: string) => void;
  /** Resolves when little is left unsent, or the peer is gone. */
  readonly room: () => Promise<void>;
}

function createSender(ws: WebSocket, signal: AbortSignal): Sender {
  let slow = false;
  /** The largest frame that may still be on its way: one event may be larger than all that a peer may lag behind. */
  let largest = 0;
  const tooSlow = () => {
    slow = true;
    ws.close(closeCodes.slowConsumer, 'slow consumer: reconnect with after_seq');
    // The close frame queues behind what the peer does not read.
    setTimeout(() => ws.terminate(), 5000).unref();
  };
  return {
    send(text) {
      if (slow || ws.readyState !== ws.OPEN) return;
      const unsent = ws.bufferedAmount;
      if (unsent === 0) largest = 0;
      if (unsent > fixedLimits.unsentBytes + largest) return tooSlow();
      ws.send(text);
      if (text.length > roomBytes) largest = Math.max(largest, text.length * 3);
    },
    async room() {
      const start = performance.now();
      while (ws.bufferedAmount > roomBytes && !signal.aborted && !slow) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (performance.now() - start > drainPatienceMs) tooSlow();
      }
    },
  };
}
