import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 1000;

/**
 * What a server says of changes in its lists. Each makes two sides ask for the lists again, so they are told one after the other, with a
 * pause between, however often the server says it; what is said meanwhile is told after it, once.
 */
export class ListChanges {
  readonly #tell: (methods: ReadonlySet<string>) => Promise<void>;
  readonly #pauseMs: number;
  #waiting = new Set<string>();
  #telling = false;

  /** @param tell gets the methods of the notifications; must not reject. */
  constructor(tell: (methods: ReadonlySet<string>) => Promise<void>, pauseMs: number = PAUSE_MS) {
    this.#tell = tell;
    this.#pauseMs = pauseMs;
  }

  add(method: string): void {
    this.#waiting.add(method);
    if (!this.#telling) void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    this.#telling = true;
    while (this.#waiting.size > 0) {
      const methods = this.#waiting;
      this.#waiting = new Set();
      await this.#tell(methods);
      await sleep(this.#pauseMs, undefined, { ref: false });
    }
    this.#telling = false;
  }
}
