import type { McpServer } from '@ai-sessions/protocol';

/** Shorter values are words that also stand elsewhere. */
const SHORTEST = 6;
const SECRET_NAME = /key|token|secret|pass|pwd|auth|cred|private|cookie|dsn/i;
const HIDDEN = '***';

/** Takes the secrets of an MCP server's settings out of what the server says. */
export class Redaction {
  readonly #inErrors: readonly string[];
  readonly #inMessages: readonly string[];

  constructor(server: McpServer) {
    const headers = server.type === 'stdio' ? [] : Object.values(server.headers ?? {});
    const env = server.type === 'stdio' ? Object.entries(server.env ?? {}) : [];
    const address = server.type === 'stdio' ? [] : addressSecrets(server.url);
    // A server may answer with the token alone of `Bearer …`.
    const sent = [...headers, ...headers.map((value) => value.split(/\s+/).at(-1) ?? ''), ...address];
    // What a tool says may hold plain settings, such as a base URL, in every line.
    const secretEnv = env.flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
    this.#inErrors = longestFirst([...sent, ...env.map(([, value]) => value)]);
    this.#inMessages = longestFirst([...sent, ...secretEnv].map((value) => JSON.stringify(value).slice(1, -1)));
  }

  /** An error or a log line: without any header or variable. */
  text(text: string): string {
    return hide(text, this.#inErrors);
  }

  /** A JSON value of the server's: without headers, and without variables that are secrets by their name. */
  value<Value>(value: Value): Value {
    if (this.#inMessages.length === 0) return value;
    const text = JSON.stringify(value);
    const hidden = hide(text, this.#inMessages);
    return hidden === text ? value : (JSON.parse(hidden) as Value);
  }
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
}

function longestFirst(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
}

function addressSecrets(url: string): string[] {
  const { password, searchParams } = new URL(url);
  const asked = [...searchParams].flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value, encodeURIComponent(value)] : []));
  return [password, decodeURIComponent(password), ...asked];
}
