import { errorBody, type ErrorDetail, type ResolvedBy, type RouteContract, type RouteName, routes } from '@ai-sessions/protocol';
import { accept, type Schema } from './accept.ts';
import { ApiCallError, NetworkError } from './api-call-error.ts';

type Routes = typeof routes;
type InputOf<S> = S extends { readonly _zod: { readonly input: infer I } } ? I : never;
type OutputOf<S> = S extends { readonly _zod: { readonly output: infer O } } ? O : never;
type FieldOf<N extends RouteName, K extends string> = Routes[N] extends { readonly [P in K]: infer S } ? InputOf<S> : undefined;

/** A query is text on the wire; whole numbers may be given as numbers. */
type QueryOf<Q> = { [K in keyof Q]: Q[K] | number };
type Part<K extends string, V> = undefined extends V
  ? { readonly [P in K]?: V }
  : {} extends V
    ? { readonly [P in K]?: V }
    : { readonly [P in K]: V };

export type CallInput<N extends RouteName> = Part<'params', FieldOf<N, 'params'>> &
  Part<'query', FieldOf<N, 'query'> extends undefined ? undefined : QueryOf<FieldOf<N, 'query'>>> &
  Part<'body', FieldOf<N, 'body'>> & { readonly signal?: AbortSignal | undefined };

export type CallReply<N extends RouteName> = OutputOf<Routes[N]['replies'][keyof Routes[N]['replies']]>;

type CallArguments<N extends RouteName> = {} extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>];

/**
 * Gives the access token for a call. `rejected` is a token that the server has just refused: a source that can get another
 * returns that one, else the same again, and the refusal is reported. May throw; the call then fails with what it threw.
 */
export type TokenSource = (rejected?: string) => string | Promise<string>;

export interface ClientOptions {
  /** Where the server is, with or without a path, as `https://host` or `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  readonly token: TokenSource;
  readonly fetch?: typeof globalThis.fetch;
  readonly WebSocket?: WebSocketConstructor;
  /** Longest wait for one call in milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number;
}

/** As much of a WebSocket as is used: the browser's, Node's own and the `ws` package's all fit. */
export interface WebSocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}
export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

export interface Client {
  /**
   * Calls one route of the protocol's table. Resolves with the reply of any success status. Throws `ApiCallError` for a
   * refusal, `NetworkError` when no answer came, and the signal's own reason when it was aborted. A 401 is tried once more
   * if the token source has another token.
   */
  call<N extends RouteName>(name: N, ...input: CallArguments<N>): Promise<CallReply<N>>;
  readonly baseUrl: string;
  readonly token: TokenSource;
  readonly WebSocket: WebSocketConstructor;
}

interface PlainInput {
  readonly params?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** A client of one server, for one user. Holds no connection and needs no closing. */
export function createClient(options: ClientOptions): Client {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const send = options.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request));
  const timeoutMs = options.timeoutMs ?? 30_000;

  async function call(name: RouteName, input: PlainInput = {}): Promise<unknown> {
    const route: RouteContract = routes[name];
    const token = await options.token();
    const request = { url: baseUrl + pathOf(route, input), route, input, timeoutMs };
    let response = await exchange(send, request, token);
    if (response.status === 401) {
      const fresh = await options.token(token);
      if (fresh !== token) response = await exchange(send, request, fresh);
    }
    return replyOf(route, response);
  }

  return {
    baseUrl,
    token: options.token,
    get WebSocket() {
      return options.WebSocket ?? globalThis.WebSocket;
    },
    call: call as Client['call'],
  };
}

function pathOf(route: RouteContract, input: PlainInput): string {
  const params = new Map<string, unknown>(Object.entries(input.params ?? {}));
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params.get(key))));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.set(key, String(value));
  }
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

interface Exchange {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly json: unknown;
}

interface PreparedRequest {
  readonly url: string;
  readonly route: RouteContract;
  readonly input: PlainInput;
  readonly timeoutMs: number;
}

async function exchange(send: typeof fetch, request: PreparedRequest, token: string): Promise<Exchange> {
  const { route, input } = request;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const headers = new Headers({ accept: 'application/json', authorization: `Bearer ${token}` });
  const init: RequestInit = {
    method: route.method,
    headers,
    signal: input.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]),
  };
  if (input.body !== undefined && input.body !== null) {
    headers.set('content-type', 'application/json');
    init.body = JSON.stringify(input.body);
  }
  try {
    const response = await send(request.url, init);
    const text = await response.text();
    return { status: response.status, retryAfter: response.headers.get('retry-after'), json: parseJson(text) };
  } catch (cause) {
    input.signal?.throwIfAborted();
    const seconds = Math.round(request.timeoutMs / 1000);
    throw new NetworkError(
      timeout.aborted
        ? `The server did not answer within ${seconds} seconds. Check the connection and try again.`
        : 'The server could not be reached. Check the connection, and that the server runs, then try again.',
      { cause },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function replyOf(route: RouteContract, { status, retryAfter, json }: Exchange): unknown {
  if (status < 200 || status > 299) throw refusal(status, retryAfter, json);
  const schemas: Readonly<Record<number, Schema>> = route.replies;
  const schema = schemas[status] ?? Object.values(schemas)[0];
  const accepted = schema === undefined ? undefined : accept(schema, json);
  if (accepted?.ok === true) return accepted.value;
  throw new ApiCallError(
    'unexpected_reply',
    status,
    'The server sent a reply that this client does not understand. Reload, or update it.',
    {
      cause: accepted?.problem,
    },
  );
}

function refusal(status: number, retryAfter: string | null, json: unknown): ApiCallError {
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  const retryAfterSeconds = Number.isNaN(seconds) ? undefined : seconds;
  const body = accept(errorBody as Schema<WireError>, json);
  if (body.ok) {
    const { error, message, details, request_id, resolved_by, resolved_at } = body.value;
    const resolved = resolved_by === undefined ? undefined : { by: resolved_by, at: resolved_at };
    return new ApiCallError(error, status, message, { details, retryAfterSeconds, requestId: request_id, resolved });
  }
  return new ApiCallError(
    'unexpected_reply',
    status,
    `The server, or something in front of it, answered with HTTP ${status}. Try again; if it stays, tell whoever runs the server.`,
    { retryAfterSeconds },
  );
}

interface WireError {
  readonly error: string;
  readonly message: string;
  readonly details?: ErrorDetail[];
  readonly request_id?: string;
  readonly resolved_by?: ResolvedBy;
  readonly resolved_at?: string;
}
