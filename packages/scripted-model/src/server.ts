import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest, type ScriptedModelLog } from './answered-request.ts';
import { createContext } from './context.ts';
import { RequestLog } from './request-log.ts';
import { parseRules, type RuleSource } from './rule.ts';

export interface ScriptedModelOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Closes the server when aborted. */
  signal?: AbortSignal;
  /** What prompts without a `!script` or `!play` line are answered with; the first that matches counts. */
  rules?: RuleSource[];
  /** Told every answered request; never a credential or a body. */
  log?: ScriptedModelLog;
  /** The only credentials that are let in; absent: any. */
  acceptedCredentials?: string[];
  /** How many requests are recorded; default 200. */
  recordedRequests?: number;
}

export interface ScriptedModel extends AsyncDisposable {
  /** Without a trailing slash: the value for ANTHROPIC_BASE_URL. */
  readonly url: string;
  readonly port: number;
  /** The latest requests, oldest first. */
  readonly requests: RequestLog;
  /** Every credential that was ever presented, in the order of arrival; at most 1000. */
  credentialsSeen(): string[];
  /** Lets the answers that wait at `hold: name` go on, or the next one that comes there. */
  release(name: string): void;
  /** Resolves when an answer waits at `hold: name`; rejects when the signal is aborted or the server closes. */
  reached(name: string, signal?: AbortSignal): Promise<void>;
  /** Ends every answer at once. */
  close(): Promise<void>;
}

/** Starts the server. Throws when the port is taken or a rule is invalid. */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { host = '127.0.0.1', port = 0, recordedRequests = 200 } = options;
  const context = createContext(parseRules(options.rules ?? []));
  const requests = new RequestLog();
  const credentials = new Set<string>();
  const closing = new AbortController();

  const answer = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    answerRequest(request, response, {
      context,
      closing: closing.signal,
      accepted: options.acceptedCredentials,
      log: options.log,
      record(recorded) {
        requests.record(recorded, recordedRequests);
        if (recorded.credential !== undefined && credentials.size < 1000) credentials.add(recorded.credential.value);
      },
    });
  const server = createServer((request, response) => void answer(request, response));
  // A pooled client connection must not be closed just when the client picks it.
  server.keepAliveTimeout = 120_000;
  server.listen(port, host);
  await once(server, 'listening');

  const close = async (): Promise<void> => {
    options.signal?.removeEventListener('abort', closeInBackground);
    closing.abort(new Error('the scripted model is closing'));
    await closeServer(server);
  };
  const closeInBackground = (): void => void close();
  options.signal?.addEventListener('abort', closeInBackground, { once: true });
  if (options.signal?.aborted === true) closeInBackground();

  const { port: actualPort } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    port: actualPort,
    requests,
    credentialsSeen: () => [...credentials],
    release: (name) => context.holds.release(name),
    reached: (name, signal) =>
      context.holds.reached(name, signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
