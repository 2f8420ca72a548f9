import { type Server as HttpServer, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { userIdOf } from './auth/user-id.ts';
import type { ServerConfig } from './config.ts';
import { type Engine, createEngine } from './engine.ts';
import { startFilesSweeper } from './files/files-sweeper.ts';
import { type Foundation, layFoundation } from './foundation.ts';
import { gatewayPrefix } from './gateway/gateway.ts';
import { buildApp } from './http/app.ts';
import { startIdleCollection } from './idle-collection.ts';
import { startRetention } from './sessions/retention.ts';
import { startSweeper } from './sessions/sweeper.ts';
import { attachSockets } from './ws/sockets.ts';

const ownerMailbox = 'admin';

/** A server that listens. Disposing drains it: nothing new is taken, clients are told 1012, everything is closed. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A one-time link that signs the owner of this installation in; where users come from an issuer, the address of the web UI. */
  signInLink(): Promise<string>;
  /** Resolves, with the cause, once it can do no more work: end it and start another. */
  readonly broken: Promise<Error>;
}

/**
 * Builds the server from its settings and listens.
 * @throws Error when a key file, the database or the port cannot be used; nothing is left open then.
 */
export async function startServer(config: ServerConfig, log: Logger): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack();
  const shutdown = new AbortController();
  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const base = await layFoundation({ config, log, shutdown: shutdown.signal, publicUrl }, parts);
  const engine = createEngine(base, parts);
  const ctx = { ...base, ...engine };
  const http = parts.adopt(createHttp(engine), (server) => closeHttp(server.http));
  const app = buildApp(ctx, { signIn: base.signIn, oidcFlow: base.oidc?.flow ?? null, serverFactory: http.factory });
  await app.ready();
  await tellStarted(ctx);
  parts.use(startSweeper(ctx));
  parts.use(startFilesSweeper(ctx));
  parts.use(startRetention({ ...ctx, retention: config.retention }));
  parts.use(startIdleCollection());
  parts.use(attachSockets(http.http, ctx));
  url = await listen(app, config);
  log.info({ url }, 'listening');
  void base.oidc?.probe();

  const running = parts.move();
  return {
    url,
    signInLink: () => signInLink(base),
    broken: base.store.gone,
    [Symbol.asyncDispose]: async () => {
      shutdown.abort();
      await running.disposeAsync();
    },
  };
}

/** Where users come from an issuer they sign in there; else the owner of this installation gets a link that works once. */
async function signInLink({ config, signIn, oidc, publicUrl }: Foundation): Promise<string> {
  if (oidc !== null) return `${publicUrl()}/`;
  const email = ownerEmail(config);
  return `${publicUrl()}/sign-in#code=${await signIn.newCode({ userId: userIdOf(email), email })}`;
}

/** The gateway and the blobs get their calls before the API framework sees them: nothing of it is needed on those paths. */
function createHttp({ gateway, blobs }: Pick<Engine, 'gateway' | 'blobs'>): {
  http: HttpServer;
  factory: (handler: Parameters<typeof createServer>[1]) => HttpServer;
} {
  const http = createServer({ keepAliveTimeout: 75_000, headersTimeout: 20_000, requestTimeout: 15 * 60_000 });
  return {
    http,
    factory(handler) {
      http.on('request', (request, response) => {
        if (request.url?.startsWith(`${gatewayPrefix}/`) === true) void gateway.handle(request, response);
        else if (blobs.serves(request.url)) void blobs.handle(request, response);
        else handler?.(request, response);
      });
      return http;
    },
  };
}

async function listen(app: FastifyInstance, config: ServerConfig): Promise<string> {
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
}

/** Stops listening; requests under way get a moment to end. */
async function closeHttp(http: HttpServer): Promise<void> {
  if (!http.listening) return;
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeIdleConnections();
  const patience = setTimeout(() => http.closeAllConnections(), 3000);
  await closed;
  clearTimeout(patience);
}

/** What a session waited for while no server was there gets its time anew: viewers, runners. */
async function tellStarted({ store, commands }: Foundation & Engine): Promise<void> {
  for (const sessionId of await store.sessions.live({ awake: true })) await commands.apply(sessionId, { kind: 'server_started' });
}

function ownerEmail(config: ServerConfig): string {
  const domain = config.emailDomains === '*' ? 'localhost' : (config.emailDomains[0] ?? 'localhost');
  return `${ownerMailbox}@${domain}`;
}
