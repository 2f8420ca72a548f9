import { type ErrorCode, type RouteContract, type RouteName, errorBody, errorStatus } from '@ai-sessions/protocol';
import type { z } from 'zod';
import type { Route } from '../route.ts';
import { type JsonSchema, type JsonSchemas, jsonSchemas, mergeComponents } from './json-schemas.ts';
import { operations } from './operations.ts';

type Routes = Readonly<Partial<Record<RouteName, Route>>>;
type NamedRoute = readonly [RouteName, Route];

/** The OpenAPI 3.1 document of the routes given, made from the schemas that parse their requests. */
export function openapi(routes: Routes, version: string): JsonSchema {
  const named = Object.entries(routes) as NamedRoute[];
  const requests = jsonSchemas(
    collect(named, (name, { body }) => (body === undefined ? [] : [[`${name} body`, body]])),
    'input',
  );
  const replies = jsonSchemas(
    {
      error: errorBody,
      // A query is text on the wire; what it means is what it parses to.
      ...collect(named, (name, { query }) => (query === undefined ? [] : [[`${name} query`, query]])),
      ...collect(named, (name, { params }) => (params === undefined ? [] : [[`${name} path`, params]])),
      ...collect(named, (name, { replies: bodies }) => Object.entries(bodies).map(([status, body]) => [`${name} ${status}`, body])),
    },
    'output',
  );
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const [name, route] of named) {
    const path = route.contract.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.contract.method.toLowerCase()]: operation(name, route, requests, replies) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AI Sessions',
      version,
      description:
        'Interactive Claude Code for a team, on machines the team controls. Live events travel over a WebSocket: see /asyncapi.json.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(named.map(([name]) => operations[name].tag))].map((tag) => ({ name: tag })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      headers: rateLimitHeaderComponents,
      schemas: mergeComponents(requests.components, replies.components),
    },
  };
}

/** Schemas of all routes under names such as `createSession body`. */
function collect(
  named: readonly NamedRoute[],
  of: (name: string, contract: RouteContract) => [string, z.ZodType][],
): Record<string, z.ZodType> {
  return Object.fromEntries(named.flatMap(([name, { contract }]) => of(name, contract)));
}

function operation(name: RouteName, route: Route, requests: JsonSchemas<string>, replies: JsonSchemas<string>): JsonSchema {
  const { contract } = route;
  const { tag, summary, errors } = operations[name];
  const codes = errorCodes(route, errors);
  const limited = codes.includes('rate_limited');
  const body = requests.schemas[`${name} body`];
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(contract.auth === 'none' ? { security: [] } : {}),
    parameters: [...parameters(replies.schemas[`${name} path`], 'path'), ...parameters(replies.schemas[`${name} query`], 'query')],
    ...(body === undefined || isEmpty(body) ? {} : { requestBody: requestBody(contract, body) }),
    responses: {
      ...successResponses(name, route, limited, replies),
      ...errorResponses(codes, limited),
    },
  };
}

function parameters(schema: JsonSchema | undefined, place: 'path' | 'query'): JsonSchema[] {
  const { properties = {}, required = [] } = (schema ?? {}) as { properties?: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(properties).map(([name, part]) => ({ name, in: place, required: required.includes(name), schema: part }));
}

function requestBody({ body }: RouteContract, schema: JsonSchema): JsonSchema {
  const required = body?.safeParse(undefined).success !== true;
  return { required, content: { 'application/json': { schema } } };
}

/** A body that may only be `{}`, null or nothing at all. */
function isEmpty(schema: JsonSchema): boolean {
  const [first] = (schema['anyOf'] ?? []) as { properties?: object }[];
  return first?.properties !== undefined && Object.keys(first.properties).length === 0;
}

function successResponses(name: RouteName, route: Route, limited: boolean, replies: JsonSchemas<string>): JsonSchema {
  const statuses = Object.keys(route.contract.replies);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: status === '201' ? 'Created' : 'OK',
        ...(limited ? { headers: rateLimitHeaders } : {}),
        content: { 'application/json': { schema: replies.schemas[`${name} ${status}`] } },
      },
    ]),
  );
}

function errorCodes({ contract, limit }: Route, own: readonly ErrorCode[]): ErrorCode[] {
  const takesBody = contract.body !== undefined;
  return [
    'invalid_request',
    ...(contract.auth === 'none' ? [] : (['unauthorized'] as const)),
    ...(contract.auth === 'registered' ? (['not_registered'] as const) : []),
    ...(contract.params === undefined ? [] : (['not_found'] as const)),
    ...(takesBody ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(limit === undefined ? [] : (['rate_limited'] as const)),
    ...own,
    // Whatever a route does, the database may refuse it.
    'unavailable',
    'internal',
  ];
}

function errorResponses(codes: readonly ErrorCode[], limited: boolean): JsonSchema {
  const responses: Record<string, JsonSchema> = {};
  for (const status of new Set(codes.map((code) => errorStatus[code]))) {
    const names = [...new Set(codes.filter((code) => errorStatus[code] === status))];
    responses[status] = {
      description: names.map((code) => `\`${code}\``).join(', '),
      headers: {
        ...(limited && status !== 401 ? rateLimitHeaders : {}),
        ...(status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
      },
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    };
  }
  return responses;
}

const rateLimitHeaders = {
  'RateLimit-Limit': { $ref: '#/components/headers/RateLimitLimit' },
  'RateLimit-Remaining': { $ref: '#/components/headers/RateLimitRemaining' },
  'RateLimit-Reset': { $ref: '#/components/headers/RateLimitReset' },
};

const whole = { type: 'integer', minimum: 0 };
const rateLimitHeaderComponents = {
  RateLimitLimit: { description: 'Requests that one window allows.', schema: whole },
  RateLimitRemaining: { description: 'Requests left in this window.', schema: whole },
  RateLimitReset: { description: 'Seconds until the window ends.', schema: whole },
  RetryAfter: { description: 'Seconds until a retry makes sense.', schema: whole },
};
