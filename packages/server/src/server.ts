import { mkdirSync } from 'node:fs';
import { type Server as HttpServer, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { createLocalIssuer } from './auth/local/local-issuer.ts';
import { createOidc } from './auth/oidc/oidc.ts';
import { createSignIn } from './auth/sign-in.ts';
import { userIdOf } from './auth/user-id.ts';
import { type DiskBlobs, createDiskBlobs } from './blobs/disk/disk-blobs.ts';
import { createMemoryBus } from './bus/memory/memory-bus.ts';
import { createClaudeLogin } from './claude-login/create-claude-login.ts';
import { systemClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import { createCredentials } from './credentials/stored-credentials.ts';
import { createFiles } from './files/create-files.ts';
import { startFilesSweeper } from './files/files-sweeper.ts';
import { createGatewayTokens } from './gateway/gateway-token.ts';
import { createGateway, gatewayPrefix } from './gateway/gateway.ts';
import { createAdmission, recordUsage } from './gateway/model-calls.ts';
import { buildApp } from './http/app.ts';
import { randomIds } from './ids.ts';
import { createRateLimits } from './limits/memory-rate-limits.ts';
import { createProfiles } from './profiles/create-profiles.ts';
import { createDispatcher } from './runners/create-dispatcher.ts';
import { readOrCreateRunnerToken, runnerTokenCheck } from './runners/runner-token.ts';
import { createSpecBuilder } from './runners/session-spec.ts';
import { type Commands, createCommands } from './sessions/commands.ts';
import { createSessions } from './sessions/create-sessions.ts';
import { type EventFeed, createEventFeed } from './sessions/event-feed.ts';
import { InFlight } from './sessions/in-flight.ts';
import { startSweeper } from './sessions/sweeper.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { createVault } from './vault/aes-vault.ts';
import { loadMasterKey } from './vault/master-key.ts';
import { attachSockets } from './ws/sockets.ts';

const gatewayTokenSeconds = 3600;
const ownerMailbox = 'admin';

/** A server that listens. Disposing drains it: nothing new is taken, clients are told 1012, everything is closed. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A one-time link that signs the owner of this installation in; where users come from an issuer, the address of the web UI. */
  signInLink(): Promise<string>;
}

/**
 * Builds the server from its settings and listens.
 * @throws Error when a key file, the database or the port cannot be used; nothing is left open then.
 */
export async function startServer(config: ServerConfig, log: Logger): Promise<RunningServer> {
  await using parts = new AsyncDisposableStack();
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const shutdown = new AbortController();
  const clock = systemClock;
  const ids = randomIds;
  const masterKey = loadMasterKey(config);
  const vault = createVault(masterKey);
  const isRunnerToken = runnerTokenCheck(readOrCreateRunnerToken(config.dataDir));
  const issuer = await createLocalIssuer({ dataDir: config.dataDir, clock });
  const store = parts.use(openSqliteStore({ file: path.join(config.dataDir, 'ai-sessions.db') }));
  await store.ping();
  const bus = parts.use(createMemoryBus());
  const credentials = createCredentials({ store, vault, clock, config });
  const profiles = createProfiles({ store, vault, clock, ids, config });
  const limits = createRateLimits(config.limits);
  const inFlight = new InFlight();
  const tokens = createGatewayTokens({ masterKey, clock });
  const specs = createSpecBuilder({ store, vault, credentials, issueToken: (claims) => tokens.issue(claims, gatewayTokenSeconds) });
  const dispatcher = parts.use(createDispatcher({ store, log, specs, commands: () => commands }));
  const claudeLogin = parts.use(createClaudeLogin({ clock, ids, log, credentials, config, chooseRunner: () => dispatcher.leastBusy() }));
  const feed: EventFeed = parts.use(
    createEventFeed({ store, bus, clock, log, inFlight, onAttendance: (sessionId) => attendance(sessionId) }),
  );
  const commands: Commands = createCommands({
    store,
    bus,
    clock,
    timers: { idle: config.idleTimeout, approval: config.approvalTimeout, lifetime: config.maxLifetime, start: config.startTimeout },
    attended: (sessionId) => feed.attended(sessionId),
    perform: (state, effects, fresh) => dispatcher.perform(state, effects, fresh),
  });
  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const blobs = createDiskBlobs({
    folder: path.join(config.dataDir, 'blobs'),
    masterKey,
    clock,
    ids,
    log,
    publicUrl,
    isRunnerToken,
    maxBytes: config.limits.file_bytes,
  });
  const files = createFiles({ store, blobs, clock, ids, config, dispatcher, shutdown: shutdown.signal });
  const attendance = (sessionId: string) => {
    if (shutdown.signal.aborted) return;
    commands
      .apply(sessionId, { kind: 'attendance' })
      .catch((error: unknown) => log.error({ err: error }, 'attendance could not be recorded'));
  };
  const sessions = createSessions({
    store,
    bus,
    clock,
    ids,
    vault,
    config,
    credentials,
    profiles,
    commands,
    runnerAvailable: () => dispatcher.available(),
    purge: async (sessionId) => {
      dispatcher.purge(sessionId);
      await files
        .forget(sessionId)
        .catch((error: unknown) => log.error({ err: error, session: sessionId }, 'the blobs of a session could not be removed'));
    },
  });
  const gateway = parts.use(
    createGateway({
      config,
      log,
      clock,
      credentials,
      tokens,
      sessions: createAdmission(store),
      onUsage: (report) => {
        recordUsage({ commands, bus, clock }, report).catch((error: unknown) =>
          log.error({ err: error, session: report.sessionId }, 'usage could not be recorded'),
        );
      },
    }),
  );

  const ownSignIn = createSignIn({ store, issuer, clock });
  const oidc = config.oidc === null ? null : createOidc({ settings: config.oidc, own: issuer, signIn: ownSignIn, masterKey, clock, log });
  const signIn = oidc?.signIn ?? ownSignIn;
  const ctx = {
    config,
    log,
    clock,
    ids,
    store,
    bus,
    vault,
    issuer,
    verifier: oidc?.verifier ?? issuer,
    credentials,
    claudeLogin,
    profiles,
    sessions,
    dispatcher,
    files,
    limits,
    shutdown: shutdown.signal,
    publicUrl,
  };
  const http = parts.adopt(createHttp(gateway, blobs), (server) => closeHttp(server.http));
  const app = buildApp(ctx, { signIn, oidcFlow: oidc?.flow ?? null, serverFactory: http.factory });
  await app.ready();
  await releaseWaiting(store, commands);
  parts.use(startSweeper({ store, clock, commands, log }));
  parts.use(startFilesSweeper({ files, log }));
  parts.use(attachSockets(http.http, { ...ctx, feed, commands, inFlight, isRunnerToken }));
  url = await listen(app, config);
  log.info({ url }, 'listening');
  for (const warning of config.warnings) log.warn(warning);
  void oidc?.probe();

  const running = parts.move();
  const email = ownerEmail(config);
  return {
    url,
    async signInLink() {
      if (oidc !== null) return `${publicUrl()}/`;
      return `${publicUrl()}/sign-in#code=${await signIn.newCode({ userId: userIdOf(email), email })}`;
    },
    [Symbol.asyncDispose]: async () => {
      shutdown.abort();
      await running.disposeAsync();
    },
  };
}

/** The gateway and the blobs get their calls before the API framework sees them: nothing of it is needed on those paths. */
function createHttp(
  gateway: ReturnType<typeof createGateway>,
  blobs: DiskBlobs,
): {
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

/** Viewers of an earlier server are gone: what they would have answered starts to expire. */
async function releaseWaiting(store: ReturnType<typeof openSqliteStore>, commands: Commands): Promise<void> {
  for (const sessionId of await store.sessions.live({ awake: true })) await commands.apply(sessionId, { kind: 'attendance' });
}

function ownerEmail(config: ServerConfig): string {
  const domain = config.emailDomains === '*' ? 'localhost' : (config.emailDomains[0] ?? 'localhost');
  return `${ownerMailbox}@${domain}`;
}
