import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { type Prices, createPrices } from '../usage/prices.ts';
import { type Purse, createBudgetGate } from './budget-gate.ts';
import { clientHeaders, upstreamHeaders } from './gateway-headers.ts';
import { type GatewayRefusal, refusals, sendRefusal } from './gateway-refusal.ts';
import { type GatewayRoute, type RoutedCall, gatewayRoute } from './gateway-route.ts';
import type { GatewayTokens, Incarnation } from './gateway-token.ts';
import { BodyTooLarge, type UpstreamTimeouts, boundedBody, createModelUpstream } from './model-upstream.ts';
import { type MeasuredRequest, measureRequest } from './request-cost.ts';
import { type Charge, type UsageLedger, type UsageReport, createUsageLedger } from './usage-ledger.ts';
import { createBodyMeter, createStreamMeter } from './usage-meter.ts';

/** What the gateway asks of the sessions. */
export interface GatewaySessions {
  /**
   * May this incarnation call the model now: is the session live, the epoch current, no budget spent? `purses` are the budgets that
   * the call draws on, none where nothing limits it.
   */
  admit(sessionId: string, epoch: number): Promise<Admission | { readonly refuse: GatewayRefusal }>;
}

export interface Admission {
  readonly userId: string;
  readonly purses: readonly Purse[];
}

/** One call, for metrics. `status` is what the caller got, 0 if it left before an answer. */
export interface GatewayObservation {
  readonly route: GatewayRoute | 'none';
  readonly status: number;
  /** From the request to the answer's headers. */
  readonly firstByteMs: number;
  readonly durationMs: number;
}

export interface GatewayOptions {
  readonly config: { readonly modelUpstream: string };
  readonly log: Logger;
  readonly clock: Clock;
  readonly credentials: Pick<Credentials, 'secret'>;
  readonly sessions: GatewaySessions;
  readonly tokens: Pick<GatewayTokens, 'verify'>;
  /**
   * Called in the tick in which usage becomes known: when a stream's `message_delta` passes, before Claude Code can have ended its turn.
   * Resolves once it is recorded; must not reject.
   */
  readonly onUsage: (report: UsageReport) => Promise<void>;
  readonly observe?: (call: GatewayObservation) => void;
  readonly timeouts?: UpstreamTimeouts;
}

/** The model gateway: passes the sandboxes' model calls on with their user's own credential, and meters them. */
export interface Gateway extends AsyncDisposable {
  /** Answers one call, under `/internal/gateway` or with that prefix taken off. Resolves when the answer has ended; never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

export const gatewayPrefix = '/internal/gateway';
const longestBody = 64 * 1024 * 1024;
const callsPerSession = 32;
const longestCallMs = 3_600_000;
const patience: UpstreamTimeouts = { headersMs: 600_000, silenceMs: 300_000 };

interface Call extends RoutedCall, Incarnation {
  readonly id: string;
  /** As `performance.now()` tells it. */
  readonly startedAt: number;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly purses: readonly Purse[];
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal;
  /** Records of what it used that are under way. */
  readonly recorded: Promise<void>[];
}

/** Ends a call with a refusal. */
class Refused extends Error {
  readonly refusal: GatewayRefusal;
  constructor(refusal: GatewayRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export function createGateway(options: GatewayOptions): Gateway {
  const { log, credentials, sessions, tokens } = options;
  const upstream = createModelUpstream(options.config.modelUpstream, options.timeouts ?? patience);
  const prices: Prices = createPrices(options);
  const gate = createBudgetGate();
  const running = new Map<string, number>();

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const abort = new AbortController();
    const leave = () => abort.abort();
    const timer = setTimeout(leave, longestCallMs);
    res.once('close', leave);
    // A caller that leaves while it sends is heard of through `close`.
    req.on('error', () => {});
    res.on('error', () => {});
    let firstByteMs = 0;
    const routed = gatewayRoute(req.method ?? '', withoutPrefix(req.url ?? ''));
    try {
      const call = await admitted(req, res, routed, abort.signal);
      try {
        await payFor(call, (body) => passOn(call, body, () => void (firstByteMs = performance.now() - startedAt)));
      } finally {
        release(call.sessionId);
      }
    } catch (error) {
      if (!res.destroyed) sendRefusal(res, refusalOf(error, log));
    } finally {
      clearTimeout(timer);
      res.off('close', leave);
      const durationMs = performance.now() - startedAt;
      options.observe?.({
        route: routed?.route ?? 'none',
        status: res.headersSent ? res.statusCode : 0,
        firstByteMs: firstByteMs || durationMs,
        durationMs,
      });
    }
  }

  async function admitted(req: IncomingMessage, res: ServerResponse, routed: RoutedCall | null, signal: AbortSignal): Promise<Call> {
    const [, token = ''] = /^Bearer ([\w.-]+)$/i.exec(req.headers.authorization ?? '') ?? [];
    const incarnation = tokens.verify(token);
    if (incarnation === null) throw new Refused(refusals.badToken);
    if (routed === null) throw new Refused(refusals.notFound);
    if (Number(req.headers['content-length'] ?? 0) > longestBody) throw new Refused(refusals.tooLarge);
    const { sessionId, epoch, userId } = incarnation;
    const others = running.get(sessionId) ?? 0;
    if (others >= callsPerSession) throw new Refused(refusals.tooManyCalls);
    running.set(sessionId, others + 1);
    try {
      const admission = await sessions.admit(sessionId, epoch);
      if ('refuse' in admission) throw new Refused(admission.refuse);
      if (admission.userId !== userId) throw new Refused(refusals.badToken);
      return {
        id: randomUUID(),
        startedAt: performance.now(),
        ...routed,
        ...incarnation,
        purses: admission.purses,
        req,
        res,
        signal,
        recorded: [],
      };
    } catch (error) {
      release(sessionId);
      throw error;
    }
  }

  function release(sessionId: string): void {
    const others = (running.get(sessionId) ?? 1) - 1;
    if (others > 0) running.set(sessionId, others);
    else running.delete(sessionId);
  }

  /** Runs a call that costs within its budgets: waits for its turn, and gives back what it held once its cost is recorded. */
  async function payFor(call: Call, run: (body: MeasuredRequest['body'] | null) => Promise<void>): Promise<void> {
    const { req, signal } = call;
    if (call.route !== 'messages' || call.purses.length === 0) return run(req.method === 'POST' ? boundedBody(req, longestBody) : null);
    const { atMostUsd, body } = await measureRequest(boundedBody(req, longestBody), Number(req.headers['content-length']), prices);
    const keys = call.purses.map(({ key }) => key);
    using _reserved = await gate.enter(keys, () => pursesNow(call), atMostUsd, signal);
    try {
      await run(body);
    } finally {
      await Promise.all(call.recorded);
    }
  }

  async function pursesNow({ sessionId, epoch }: Call): Promise<readonly Purse[]> {
    const admission = await sessions.admit(sessionId, epoch);
    if ('refuse' in admission) throw new Refused(admission.refuse);
    return admission.purses;
  }

  async function passOn(call: Call, body: MeasuredRequest['body'] | null, onAnswer: () => void): Promise<void> {
    const { req, res, signal } = call;
    const credential = await credentials.secret(call.userId);
    if (credential === null) throw new Refused(refusals.noCredentials);
    const answer = await upstream.pool.request({
      path: upstream.basePath + call.path,
      method: req.method === 'POST' ? 'POST' : 'GET',
      headers: upstreamHeaders(req.headers, credential),
      body,
      signal,
    });
    onAnswer();
    // Without a listener, an answer cut before it is read would end the process.
    answer.body.on('error', () => {});
    const charged = call.route === 'messages' && answer.statusCode < 300;
    if (isRedirect(answer.statusCode) || (charged && isEncoded(answer.headers['content-encoding']))) {
      answer.body.destroy();
      log.error(
        { status: answer.statusCode, encoding: answer.headers['content-encoding'] },
        'The model upstream redirects, or compresses unasked: check AI_SESSIONS_MODEL_UPSTREAM.',
      );
      throw new Refused(refusals.unusable);
    }
    const streams = String(answer.headers['content-type']).startsWith('text/event-stream');
    const ledger = charged
      ? createUsageLedger(streams ? createStreamMeter() : createBodyMeter(), prices, (usage) => report(call, usage))
      : null;
    res.writeHead(answer.statusCode, clientHeaders(answer.headers));
    if (streams) res.flushHeaders();
    await relay(answer.body, res, ledger, signal);
  }

  function report(call: Call, usage: Charge): void {
    const { sessionId, epoch, userId, id: callId } = call;
    const durationMs = Math.round(performance.now() - call.startedAt);
    call.recorded.push(record({ sessionId, epoch, userId, callId, durationMs, ...usage }));
  }

  async function record(usage: UsageReport): Promise<void> {
    try {
      await options.onUsage(usage);
    } catch (error) {
      log.error({ err: error, sessionId: usage.sessionId }, 'The usage of a model call could not be recorded.');
    }
  }

  return {
    handle,
    [Symbol.asyncDispose]: async () => {
      await upstream.pool.destroy();
    },
  };
}

/** Hands the answer's bytes down as they come, no faster than they are taken, and meters them after. */
function relay(body: Readable, res: ServerResponse, ledger: UsageLedger | null, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resume = () => void body.resume();
    let whole = false;
    res.on('drain', resume);
    body.on('data', (chunk: Buffer) => {
      if (!res.write(chunk)) body.pause();
      ledger?.push(chunk);
    });
    body.once('end', () => void (whole = true));
    body.once('close', () => {
      ledger?.end();
      res.off('drain', resume);
      // Cut off, not ended, where it is not whole: Claude Code has to see that.
      if (whole) res.end();
      else res.destroy();
      resolve();
    });
    if (signal.aborted) body.destroy(new Error('the caller left'));
  });
}

function refusalOf(error: unknown, log: Logger): GatewayRefusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof BodyTooLarge) return refusals.tooLarge;
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null || code.startsWith('ERR_')) {
    log.error({ err: error }, 'A model call failed inside the gateway.');
    return refusals.internal;
  }
  log.warn({ code }, 'The model upstream did not answer.');
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_ABORTED'
    ? refusals.timeout
    : refusals.unreachable;
}

function withoutPrefix(url: string): string {
  return url.startsWith(`${gatewayPrefix}/`) ? url.slice(gatewayPrefix.length) : url;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function isEncoded(encoding: string | string[] | undefined): boolean {
  return encoding !== undefined && encoding !== 'identity';
}
