import { ApiError } from '@ai-sessions/protocol';
import fastifyCookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerFactory } from 'fastify';
import type { Registry } from 'prom-client';
import type { CodeFlow } from '../auth/oidc/code-flow.ts';
import type { SignIn } from '../auth/sign-in.ts';
import type { AppContext } from '../context.ts';
import { answerClientError } from './client-error.ts';
import { mountDocs } from './docs/mount-docs.ts';
import { errorReply } from './error-reply.ts';
import { mountHealth } from './health.ts';
import { acceptJsonBodies } from './json-body.ts';
import { knownPaths } from './known-paths.ts';
import { mountMetrics } from './metrics.ts';
import { settleRateLimit } from './rate-limit.ts';
import { stateOf } from './request-state.ts';
import { mountRoute } from './route.ts';
import { servedRoutes } from './routes/index.ts';
import { mountOidc } from './routes/oidc/mount-oidc.ts';
import { webAuthRoutes } from './routes/web-auth/index.ts';
import { securityHeaders, strictTransport } from './security-headers.ts';
import { prepareWebUi, serveWebUi } from './web-ui.ts';

const bodyBytes = 2 * 1024 * 1024;
/** Longest that a request may take to arrive: an upload over a slow line included. */
const requestTimeoutMs = 15 * 60_000;

export interface AppOptions {
  readonly signIn: SignIn;
  /** Web sign-in at an issuer; absent or null where this server is itself the issuer. */
  readonly oidcFlow?: CodeFlow | null;
  /** Makes the HTTP server, where the caller wants requests and upgrades before the app does. */
  readonly serverFactory?: FastifyServerFactory;
  /** Further metrics to show at /metrics. */
  readonly registries?: readonly Registry[];
  /** Holds each success reply against the contract. For tests. */
  readonly checkReplies?: boolean;
}

/** The HTTP side of the server: API, sign-in, health, documents and web UI. It does not listen yet. */
export function buildApp(ctx: AppContext, options: AppOptions): FastifyInstance {
  const headers = { ...securityHeaders, ...(ctx.config.publicUrl?.startsWith('https:') === true ? strictTransport : {}) };
  const app: FastifyInstance = Fastify({
    // The framework's own log lines hold URLs, and these may hold tokens.
    logger: false,
    genReqId: () => ctx.ids.uuid(),
    bodyLimit: bodyBytes,
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void reply.headers({ ...headers, 'x-request-id': request.id });
      sendError(ctx, error, request, reply);
    },
    routerOptions: { maxParamLength: 4096 },
    ...(options.serverFactory === undefined ? {} : { serverFactory: options.serverFactory }),
  });
  const methodsOf = knownPaths(app);
  acceptJsonBodies(app);
  app.register(fastifyCookie);
  prepareWebUi(app, ctx.config.webDir);

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({ ...headers, 'x-request-id': request.id });
  });
  app.addHook('onSend', async (request, reply) => settleRateLimit(ctx.limits, request, reply));
  app.addHook('onResponse', async (request, reply) => logRequest(ctx, request, reply));
  app.setErrorHandler((error, request, reply) => {
    // The body of a request that goes nowhere was read all the same: where it went is the fault to tell.
    const fault = request.is404 ? notFound(request, methodsOf(pathOf(request)), reply) : error;
    sendError(ctx, fault, request, reply);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = pathOf(request);
    const methods = methodsOf(path);
    if (methods.length === 0 && (await serveWebUi(request, reply, path, ctx.config.webDir))) return reply;
    throw notFound(request, methods, reply);
  });

  const mountOptions = { checkReplies: options.checkReplies ?? false };
  mountHealth(app, ctx);
  mountMetrics(app, ctx, options.registries ?? []);
  const served = servedRoutes(ctx.config);
  mountDocs(app, served);
  if (options.oidcFlow != null) mountOidc(app, ctx, { flow: options.oidcFlow, signIn: options.signIn });
  for (const route of [...Object.values(served), ...webAuthRoutes(options.signIn)]) mountRoute(app, ctx, route, mountOptions);
  return app;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split(/[?#;]/, 1)[0] ?? '';
}

function notFound(request: FastifyRequest, methods: readonly string[], reply: FastifyReply): ApiError {
  if (methods.length === 0 || methods.includes(request.method)) {
    return new ApiError('not_found', 'There is nothing at this address. GET /docs lists what there is.');
  }
  void reply.header('allow', methods.join(', '));
  return new ApiError('method_not_allowed', `${request.method} is not allowed here. Allowed: ${methods.join(', ')}.`);
}

function sendError(ctx: AppContext, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body, unexpected } = errorReply(error, request.id);
  if (unexpected) ctx.log.error({ err: error, request_id: request.id, ...subject(request) }, 'a request failed unexpectedly');
  void reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** The route's pattern, never the address itself: its query may hold a token. */
function subject(request: FastifyRequest) {
  return { method: request.method, route: request.routeOptions.url ?? 'none', user_id: stateOf(request).user?.userId };
}

function logRequest(ctx: AppContext, request: FastifyRequest, reply: FastifyReply): void {
  const line = { request_id: request.id, ...subject(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 };
  const routine = line.route === '/healthz' || line.route === '/readyz' || line.route === '/metrics';
  ctx.log[routine ? 'debug' : 'info'](line, 'request');
}
