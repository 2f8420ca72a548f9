import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP request on its way to an answer. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The body as text, and parsed when it is JSON. */
  readonly text: string;
  readonly body: unknown;
  readonly requestId: string;
  /** Aborted when the client leaves or the server closes. */
  readonly signal: AbortSignal;
}

/** Sends a JSON answer. */
export function sendJson({ response }: Call, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
