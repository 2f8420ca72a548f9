import { ApiError, type RouteContract, detailsOf } from '@ai-sessions/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Identity } from '../auth/auth.ts';
import type { AppContext } from '../context.ts';
import type { RateLimitName } from '../limits/rate-limits.ts';
import { authenticate, requireRegistered } from './authenticate.ts';
import { takeRateLimit } from './rate-limit.ts';
import { stateOf } from './request-state.ts';

/** What a handler is given: all of it parsed by the contract's schemas. */
export interface RouteInput<C extends RouteContract> {
  readonly user: C['auth'] extends 'none' ? null : Identity;
  readonly params: C extends { params: infer S extends z.ZodType } ? z.output<S> : undefined;
  readonly query: C extends { query: infer S extends z.ZodType } ? z.output<S> : undefined;
  readonly body: C extends { body: infer S extends z.ZodType } ? z.output<S> : undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a handler returns: a status of the contract with its body, or with that body as JSON text already. */
export type RouteReply<C extends RouteContract> = {
  [S in keyof C['replies'] & number]:
    | { readonly status: S; readonly body: z.input<C['replies'][S]> }
    | { readonly status: S; readonly json: string };
}[keyof C['replies'] & number];

type Handler<C extends RouteContract, R = RouteReply<C>> = (ctx: AppContext, input: RouteInput<C>) => Promise<R>;

/** A contract entry with what serves it, ready to be mounted. */
export interface Route {
  readonly contract: RouteContract;
  readonly limit: RateLimitName | undefined;
  readonly handler: Handler<RouteContract>;
}

/** Binds a contract entry to its handler. `limit` names the rate limit that the route counts against. */
export function defineRoute<const C extends RouteContract, const R extends RouteReply<C>>(
  contract: C,
  options: { readonly limit?: RateLimitName; readonly handler: Handler<C, R> },
): Route {
  return { contract, limit: options.limit, handler: options.handler };
}

export interface MountOptions {
  /** Hold each success reply against the contract's schema, and fail the request on a difference. For tests. */
  readonly checkReplies: boolean;
}

/** In order: token, rate limit, registration, then path, query and body against their schemas, then the handler. */
export function mountRoute(app: FastifyInstance, ctx: AppContext, route: Route, { checkReplies }: MountOptions): void {
  const { contract } = route;
  app.route({
    method: contract.method,
    url: contract.path,
    onRequest: (request) => admit(ctx, route, request),
    async handler(request, reply) {
      const input = { ...parseInput(contract, request), user: stateOf(request).user, request, reply };
      const result: RouteReply<RouteContract> = await route.handler(ctx, input as RouteInput<RouteContract>);
      const text = 'json' in result ? result.json : JSON.stringify(result.body);
      if (checkReplies) checkReply(contract, result.status, text);
      return reply.code(result.status).type('application/json; charset=utf-8').send(text);
    },
  });
}

async function admit(ctx: AppContext, { contract, limit }: Route, request: FastifyRequest): Promise<void> {
  const state = stateOf(request);
  if (contract.auth !== 'none') state.user = await authenticate(ctx, request);
  if (limit !== undefined) await takeRateLimit(ctx.limits, limit, request);
  if (contract.auth === 'registered' && state.user !== null) await requireRegistered(ctx, state.user);
}

const none = z.strictObject({});

function parseInput(contract: RouteContract, request: FastifyRequest) {
  return {
    params: parseParams(contract.params ?? none, request.params),
    query: parse(contract.query ?? none, request.query, 'query'),
    body: contract.body === undefined ? undefined : parse(contract.body, request.body, 'body'),
  };
}

/** Ids are opaque to callers: what could be one and is not is an unknown id, not a malformed request. */
function parseParams(schema: z.ZodType, params: unknown): unknown {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const plausible = Object.values(params as Record<string, string>).every((value) => /^[A-Za-z0-9_-]{0,128}$/.test(value));
  if (plausible) throw new ApiError('not_found', 'There is nothing of that id.');
  throw invalid(parsed.error, 'path');
}

function parse(schema: z.ZodType, value: unknown, part: 'query' | 'body'): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error, part);
}

function invalid(error: z.core.$ZodError, part: 'path' | 'query' | 'body'): ApiError {
  const details = detailsOf(error, part === 'body' ? '' : part);
  const [first] = details;
  const where = first === undefined || first.path === '' ? part : `${part} (${first.path.slice(0, 200)})`;
  return new ApiError('invalid_request', `The request's ${where} is not valid: ${first?.message ?? 'see the API documentation at /docs'}`, {
    details,
  });
}

function checkReply(contract: RouteContract, status: number, text: string): void {
  const schema = contract.replies[status];
  if (schema === undefined) throw new Error(`${contract.method} ${contract.path} has no reply ${status} in the contract`);
  schema.parse(JSON.parse(text));
}
