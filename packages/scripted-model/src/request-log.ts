import type { Credential } from './credential.ts';

/** One request as it arrived. */
export interface RecordedRequest {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; the text itself when it is not JSON; undefined when there was none. */
  readonly body: unknown;
  readonly credential: Credential | undefined;
}

/** The latest requests, oldest first: an array that drops its head beyond the limit. */
export class RequestLog extends Array<RecordedRequest> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  record(request: RecordedRequest, limit: number): void {
    this.push(request);
    if (this.length > limit) this.splice(0, this.length - limit);
  }

  clear(): void {
    this.length = 0;
  }
}
