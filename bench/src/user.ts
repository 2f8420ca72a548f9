import { Viewer } from './viewer.ts';

/** A person with a token: REST calls and viewers of sessions. */
export class User {
  readonly #url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.token = token;
  }

  /**
   * Calls the API.
   * @throws Error for any status but a 2xx.
   */
  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** Gives the id of a new session. */
  async createSession(settings: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { session } = (await this.call('POST', '/v1/sessions', settings)) as { session: { id: string } };
    return session.id;
  }

  async endSession(id: string): Promise<void> {
    await this.call('DELETE', `/v1/sessions/${id}`);
  }

  /** Opens a WebSocket on the session; it connects at once. */
  view(sessionId: string, afterSeq = 0): Viewer {
    const query = new URLSearchParams({ token: this.token, after_seq: String(afterSeq), deltas: '1' });
    return new Viewer(`${this.#url.replace('http', 'ws')}/v1/sessions/${sessionId}/ws?${query.toString()}`);
  }
}
