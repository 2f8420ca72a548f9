import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Assignment } from './person.ts';

interface Open {
  readonly assignment: Assignment;
  readonly done: PromiseWithResolvers<void>;
}

/** Client processes among which the sessions' people are spread. One that is killed is started again with what it had to do. */
export class ClientFleet implements AsyncDisposable {
  readonly #clients: Client[];

  constructor(size: number) {
    this.#clients = Array.from({ length: size }, () => new Client());
  }

  /** Has a session attended; resolves when it has ended. */
  attend(assignment: Assignment): Promise<void> {
    const client = this.#clients.toSorted((a, b) => a.open.size - b.open.size)[0];
    if (client === undefined) throw new Error('no clients');
    const open = { assignment, done: Promise.withResolvers<void>() };
    client.open.set(assignment.sessionId, open);
    client.tell(open);
    return open.done.promise;
  }

  /** Kills one; resolves when another runs in its place. @returns the sessions whose viewers died. */
  async kill(share: number): Promise<string[]> {
    const client = this.#clients[Math.floor(share * this.#clients.length)];
    const sessions = [...(client?.open.keys() ?? [])];
    await client?.kill();
    return sessions;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}

class Client {
  readonly open = new Map<string, Open>();
  #process = this.#start();

  tell({ assignment }: Open): void {
    this.#process.send(assignment);
  }

  async kill(): Promise<void> {
    await this.end();
    await sleep(100);
    this.#process = this.#start();
    for (const open of this.open.values()) this.tell(open);
  }

  async end(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #start(): ChildProcess {
    const child = fork(path.join(import.meta.dirname, 'client-process.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
    child.on('error', () => {});
    child.on('message', (message: { type: string; sessionId: string; why?: string }) => {
      const open = this.open.get(message.sessionId);
      if (open === undefined) return;
      this.open.delete(message.sessionId);
      if (message.type === 'done') open.done.resolve();
      else open.done.reject(new Error(message.why));
    });
    return child;
  }
}
