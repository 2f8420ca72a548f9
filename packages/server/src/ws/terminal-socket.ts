import { ApiError, closeCodes, type TerminalRequest, terminalClientFrame } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/auth.ts';
import { timedSocket } from './client-timers.ts';
import { textOf } from './message-text.ts';
import type { SocketsContext } from './sockets.ts';
import type { TerminalDials } from './terminal-dials.ts';

export interface TerminalAttachment {
  readonly identity: Identity;
  readonly sessionId: string;
  readonly request: TerminalRequest;
}

const dialMs = 10_000;
/** A runner or a server that restarts is back by then. */
const patienceMs = 30_000;
const retryMs = 300;
/** Unsent bytes above which the other side is not read. */
const jammedBytes = 512 * 1024;
/** How often use is noted, at most. */
const notedMs = 10_000;

/** Joins a viewer of a shell with its runner: bytes pass as they are, each direction at the pace of its receiver. */
export async function serveTerminal(
  ws: WebSocket,
  ctx: SocketsContext,
  dials: TerminalDials,
  attachment: TerminalAttachment,
): Promise<void> {
  const { sessionId, identity } = attachment;
  const gone = new AbortController();
  timedSocket(ws, ctx.clock, identity);
  ws.on('close', () => gone.abort());
  ws.on('error', (error) => ctx.log.debug({ err: error, session: sessionId }, 'a terminal socket failed'));
  // What is typed meanwhile waits in the connection.
  ws.pause();
  try {
    const runner = await reachRunner(ctx, dials, attachment, gone.signal);
    if (attachment.request.after === null) await ctx.audit.record(identity.userId, 'terminal_opened', sessionId);
    join(ws, runner, ctx, sessionId);
  } catch (error) {
    if (!(error instanceof ApiError)) ctx.log.error({ err: error, session: sessionId }, 'a terminal could not be opened');
    const { code, message } = error instanceof ApiError ? error : new ApiError('internal', 'Something went wrong here. Try again.');
    ws.send(JSON.stringify({ type: 'error', payload: { code, message } }));
    ws.close(closeCodeFor(code), code);
  } finally {
    ws.resume();
  }
}

async function reachRunner(
  ctx: SocketsContext,
  dials: TerminalDials,
  { identity, sessionId, request }: TerminalAttachment,
  signal: AbortSignal,
): Promise<WebSocket> {
  const until = ctx.clock.now() + patienceMs;
  for (;;) {
    // Where the shell was before there is nothing any more once the session has slept: that is no reason to wake it.
    if (request.after !== null && !(await ctx.sessions.isAwake(identity.userId, sessionId)))
      throw new ApiError(
        'not_found',
        'This shell has ended with the processes of its session. Connect without "after" to begin another one.',
      );
    await ctx.sessions.awake(identity.userId, sessionId, signal);
    try {
      const dialId = ctx.ids.uuid();
      return await dials.expect(dialId, dialMs, () => ctx.dispatcher.terminal(sessionId, dialId, request));
    } catch (error) {
      const passing = error instanceof ApiError && error.code === 'unavailable';
      if (!passing || signal.aborted || ctx.shutdown.aborted || ctx.clock.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function join(ws: WebSocket, runner: WebSocket, ctx: SocketsContext, sessionId: string): void {
  const inUse = noteUse(ctx, sessionId);
  runner.on('error', (error) => ctx.log.debug({ err: error, session: sessionId }, 'the runner side of a terminal failed'));
  if (ws.readyState !== ws.OPEN) return runner.terminate();
  const toViewer = passage(runner, ws);
  const toRunner = passage(ws, runner);
  runner.on('message', (data, isBinary) => {
    if (isBinary) inUse();
    toViewer(data as Buffer, isBinary);
  });
  ws.on('message', (data, isBinary) => {
    if (isBinary) {
      inUse();
      return toRunner(data as Buffer, true);
    }
    const frame = parse(textOf(data));
    if (frame === undefined) return ws.send(JSON.stringify(notUnderstood));
    if (frame.type === 'heartbeat') return ws.send('{"type":"heartbeat","payload":{}}');
    toRunner(Buffer.from(JSON.stringify(frame)), false);
  });
  ws.on('close', () => runner.close());
  runner.on('close', (code, reason) => {
    const known: number[] = [closeCodes.shellEnded, closeCodes.tryAgain];
    ws.close(known.includes(code) ? code : closeCodes.tryAgain, reason.toString());
  });
  runner.resume();
}

const notUnderstood = {
  type: 'error',
  payload: { code: 'invalid_message', message: 'Send binary messages (what is typed), or resize, ack or heartbeat as JSON.' },
};

/** Passes messages on, and does not read its source while the target is behind. */
function passage(source: WebSocket, target: WebSocket): (data: Buffer, binary: boolean) => void {
  return (data, binary) => {
    if (target.readyState !== target.OPEN) return;
    target.send(data, { binary }, () => {
      if (source.isPaused && target.bufferedAmount < jammedBytes) source.resume();
    });
    if (target.bufferedAmount > jammedBytes) source.pause();
  };
}

/** An open terminal in which something happens keeps its session awake. */
function noteUse(ctx: SocketsContext, sessionId: string): () => void {
  const everyMs = Math.min(notedMs, Math.max(100, ctx.config.idleTimeout / 4));
  let notedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = ctx.clock.now();
    if (now - notedAt < everyMs) return;
    notedAt = now;
    ctx.sessions.used(sessionId).catch((error: unknown) => ctx.log.error({ err: error, session: sessionId }, 'use could not be noted'));
  };
}

function closeCodeFor(code: string): number {
  if (code === 'session_not_running') return closeCodes.sessionEnded;
  if (code === 'not_found') return closeCodes.shellEnded;
  return code === 'internal' ? closeCodes.internal : closeCodes.tryAgain;
}

function parse(text: string) {
  try {
    return terminalClientFrame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
