import { mkdirSync, rmSync } from 'node:fs';
import type { LinkFrame, LoginEvent } from '@ai-sessions/protocol';
import { ClaudeLogin, type LoginHosting } from './claude-login.ts';
import { loginFailures } from './login-failure.ts';

export type LoginCommand = Extract<LinkFrame, { type: 'login' }>;

/** Each holds a Claude Code of some 200 MB. The server has a bound of its own below this. */
const MOST_LOGINS = 50;

export interface ClaudeLoginsOptions extends LoginHosting {
  /** Tells the server; what cannot be sent now is lost, and the sign-in with it. */
  readonly tell: (loginId: string, event: LoginEvent) => void;
}

/**
 * The Claude sign-ins that a runner holds for its server. They live as long as the link: the server gives up those
 * of a runner that is gone, and the runner those of a server that is.
 */
export class ClaudeLogins implements AsyncDisposable {
  readonly #options: ClaudeLoginsOptions;
  readonly #logins = new Map<string, ClaudeLogin>();
  #closed = false;

  /** Removes what an earlier runner left in the folder; its sandboxes have been swept before. */
  constructor(options: ClaudeLoginsOptions) {
    this.#options = options;
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true, mode: 0o711 });
  }

  get size(): number {
    return this.#logins.size;
  }

  handle({ login_id, request }: LoginCommand): void {
    switch (request.op) {
      case 'start':
        return this.#start(login_id, request.expires_in);
      case 'code': {
        const login = this.#logins.get(login_id);
        return login === undefined ? this.#options.tell(login_id, loginFailures.stopped) : login.code(request.code);
      }
      case 'cancel':
        return void this.#logins.get(login_id)?.end();
      default: {
        const unreachable: never = request;
        return unreachable;
      }
    }
  }

  /** The link is lost, and with it everybody who waits for these sign-ins. */
  cancelAll(): void {
    for (const login of this.#logins.values()) void login.end();
  }

  /** Ends them all, telling the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#logins.values()].map((login) => login.end('stopped')));
    rmSync(this.#options.folder, { recursive: true, force: true });
  }

  #start(id: string, expiresIn: number): void {
    if (this.#logins.has(id)) return;
    if (this.#closed) return this.#options.tell(id, loginFailures.stopped);
    if (this.#logins.size >= MOST_LOGINS) return this.#options.tell(id, loginFailures.tooMany);
    const login = new ClaudeLogin(id, expiresIn, this.#options, (event) => this.#options.tell(id, event));
    this.#logins.set(id, login);
    void login.gone.then(() => this.#logins.delete(id));
  }
}
