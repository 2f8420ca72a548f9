import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, closeCodes } from '@ai-sessions/protocol';
import { WebSocketServer } from 'ws';
import { isOwnOrigin } from '../auth/own-origin.ts';
import type { AppContext } from '../context.ts';
import type { EventFeed } from '../sessions/event-feed.ts';
import { StoreFailure, toldOfStore } from '../store/store-failure.ts';
import { serveClient } from './client-socket.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { type RunnerSocketContext, serveRunner } from './runner-socket.ts';
import { TerminalDials } from './terminal-dials.ts';
import { serveTerminal } from './terminal-socket.ts';
import { upgradeTarget, upgradeToken } from './upgrade-target.ts';

export interface SocketsContext extends Omit<AppContext, 'dispatcher' | 'claudeLogin'>, RunnerSocketContext {
  readonly feed: EventFeed;
  /** Whether this is the shared secret of our runners. Constant time. */
  readonly isRunnerToken: (token: string) => boolean;
}

/** Runners report whole batches; one report may hold a large tool result. */
const linkMessageBytes = 64 * 1024 * 1024;
const closePatienceMs = 2000;

/** Takes WebSocket upgrades of the HTTP server: viewers of sessions, and runners. */
export function attachSockets(server: Server, ctx: SocketsContext): AsyncDisposable {
  const handleProtocols = (protocols: Set<string>) => (protocols.has('access_token') ? 'access_token' : false);
  const clients = new WebSocketServer({
    noServer: true,
    maxPayload: ctx.config.limits.ws_message_bytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const runners = new WebSocketServer({ noServer: true, maxPayload: linkMessageBytes, perMessageDeflate: false });

  const dials = new TerminalDials();
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', destroy);
    void admit(request)
      .then((accept) => accept(socket, head))
      .catch((thrown: unknown) => {
        const error = thrown instanceof StoreFailure ? toldOfStore(thrown) : thrown;
        if (!(error instanceof ApiError)) ctx.log.error({ err: error }, 'an upgrade failed');
        refuseUpgrade(socket, error instanceof ApiError ? error : new ApiError('internal', 'Something went wrong here. Try again.'));
      });
  };

  /** Decides before the upgrade; what is refused gets an HTTP answer. */
  async function admit(request: IncomingMessage): Promise<(socket: Duplex, head: Buffer) => void> {
    if (ctx.shutdown.aborted)
      throw new ApiError('unavailable', 'The server is restarting. Connect again in a moment.', { retryAfterSeconds: 2 });
    const target = upgradeTarget(request.url ?? '/');
    if (target.kind === 'link' || target.kind === 'terminal_dial') {
      const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if (!ctx.isRunnerToken(token)) throw new ApiError('unauthorized', 'This address is for runners of this server.');
      if (target.kind === 'link') return (socket, head) => runners.handleUpgrade(request, socket, head, (ws) => serveRunner(ws, ctx));
      const { dialId } = target;
      if (!dials.expects(dialId)) throw new ApiError('not_found', 'Nobody waits for this terminal any more.');
      return (socket, head) => runners.handleUpgrade(request, socket, head, (ws) => dials.arrived(dialId, ws));
    }
    if (!isOwnOrigin(request.headers, ctx.publicUrl()))
      throw new ApiError(
        'forbidden',
        'A page of another site cannot connect here. If this server is reached by this address, its operator has to set AI_SESSIONS_PUBLIC_URL to it.',
      );
    const token = upgradeToken(target, request.headers);
    if (token === null)
      throw new ApiError('unauthorized', 'A token is needed: Authorization: Bearer, ?token=, or the subprotocol access_token.');
    const identity = await ctx.verifier.verify(token);
    if ((await ctx.store.users.get(identity.userId)) === null) throw new ApiError('not_registered', 'Register first: POST /v1/register.');
    const row = await ctx.store.sessions.get(target.sessionId);
    if (row === null) throw new ApiError('not_found', 'There is no session of this id.');
    if (row.state.user_id !== identity.userId) throw new ApiError('forbidden', 'This session belongs to another user.');
    return (socket, head) =>
      clients.handleUpgrade(request, socket, head, (ws) => {
        if (target.kind === 'terminal') return void serveTerminal(ws, ctx, dials, { identity, ...target });
        // The row's id: the target's is a piece of the address, and would keep the whole of it, token included.
        const sessionId = row.state.id;
        void serveClient(ws, socket, ctx, { identity, sessionId, afterSeq: target.afterSeq, deltas: target.deltas });
      });
  }

  server.on('upgrade', upgrade);
  return {
    [Symbol.asyncDispose]: async () => {
      server.off('upgrade', upgrade);
      const open = [...clients.clients, ...runners.clients];
      const closed = Promise.all(open.map((ws) => new Promise<void>((resolve) => ws.once('close', () => resolve()))));
      for (const ws of open) ws.close(closeCodes.restarting, 'server restarting');
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, closePatienceMs)));
      await Promise.race([closed, patience]);
      clearTimeout(timer);
      for (const ws of [...clients.clients, ...runners.clients]) ws.terminate();
      clients.close();
      runners.close();
    },
  };
}

/** Holds nothing of the request: it lives as long as the socket. */
function destroy(this: Duplex): void {
  this.destroy();
}
