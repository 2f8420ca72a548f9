import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { System, processes } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script } from '../harness/user.ts';

/** Where the neighbour's service listens, on the loopback of its own network. */
export const NEIGHBOUR_PORT = 45_557;

/** None that would keep an attack from being tried. */
const limits = { create_session_per_minute: 1000, register_per_minute: 1000, prompts_per_minute: 1000, uploads_per_minute: 1000 };

const newSecret = (of: string): string => `secret-${of}-${randomBytes(12).toString('hex')}`;

/**
 * What attacks are after: a system with a user whose session is the attacker's, a neighbour with secrets of its own, and a host with files,
 * processes and services. Every secret is random and known to the attacker's session in no way but by getting through.
 */
export class World implements AsyncDisposable {
  readonly system: System;
  readonly owner: { readonly user: User; readonly key: string };
  readonly neighbour: { readonly user: User; readonly key: string; readonly id: string; readonly viewer: Viewer };
  readonly host: {
    readonly file: string;
    readonly folder: string;
    readonly port: number;
    readonly socket: string;
    readonly pid: number;
  };
  /** What it is → its text. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly #ownFile: string;
  readonly #stack: AsyncDisposableStack;
  /** The attacker's session at work, and its viewer. */
  #session: { readonly id: string; readonly viewer: Viewer } | undefined;
  #neighbourTurns = 1;

  private constructor(parts: Pick<World, 'system' | 'owner' | 'neighbour' | 'host' | 'secrets'>, stack: AsyncDisposableStack) {
    this.system = parts.system;
    this.owner = parts.owner;
    this.neighbour = parts.neighbour;
    this.host = parts.host;
    this.secrets = parts.secrets;
    this.#stack = stack;
    this.#ownFile = readFileSync(parts.host.file, 'utf8');
  }

  static async make(env: NodeJS.ProcessEnv = {}): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const secrets = new Map<string, string>();
    const secret = (name: string, of: string): string => {
      const text = newSecret(of);
      secrets.set(name, text);
      return text;
    };
    const folder = stack.adopt(mkdtempSync(path.join(tmpdir(), 'red-team-')), (made) => rmSync(made, { recursive: true, force: true }));
    const file = path.join(folder, 'host-file');
    writeFileSync(file, `${secret('host file', 'host')}\n`, { mode: 0o644 });
    const said = secret('host service', 'service');
    const http = stack.adopt(
      createHttpServer((_, response) => response.end(said)),
      (server) => void server.close(),
    );
    const port = await listen(http);
    const abstract = stack.adopt(
      createServer((socket) => socket.end(said)),
      (server) => void server.close(),
    );
    abstract.listen('\0red-team-host');
    const socket = path.join(folder, 'host.sock');
    const byFile = stack.adopt(
      createServer((connection) => connection.end(said)),
      (server) => void server.close(),
    );
    byFile.listen(socket);
    const environment = { ...process.env, RED_TEAM_SECRET: secret('host environment', 'environment') };
    const line = `sleep 100000; : ${secret('host command line', 'line')}`;
    const bystander: ChildProcess = stack.adopt(
      spawn('sh', ['-c', line], { env: environment, stdio: 'ignore', detached: true }),
      (child) => void process.kill(-(child.pid ?? 0), 'SIGKILL'),
    );

    const system = stack.use(await System.start({ env: { AI_SESSIONS_LIMITS: JSON.stringify(limits), ...env }, recordedRequests: 5000 }));
    const key = `sk-ant-api03-${newSecret('owner')}`;
    secrets.set('key', key);
    const user = await system.user('mallory@example.com', key);
    for (const [name, kept] of [
      ['master key', 'master.key'],
      ['runner token', 'runner.token'],
    ] as const)
      secrets.set(name, readFileSync(path.join(system.dataDir, kept), 'utf8').trim());
    const neighbour = await settle(system, user, key, secret('neighbour', 'neighbour'));
    secrets.set('neighbour key', neighbour.key);
    const parts = { system, owner: { user, key }, neighbour, secrets, host: { file, folder, port, socket, pid: bystander.pid ?? 0 } };
    return new World(parts, stack.move());
  }

  /** Names the session that the helpers below are about. */
  attackFrom(session: { readonly id: string; readonly viewer: Viewer }): void {
    this.#session = session;
  }

  /** Whether the neighbour's next turn ends well. */
  async neighbourWorks(): Promise<boolean> {
    const { viewer } = this.neighbour;
    const text = `well ${++this.#neighbourTurns}`;
    viewer.prompt(script({ tools: [{ name: 'Bash', input: { command: 'cat private | wc -l', description: 'works' } }] }, { text }));
    const result = await viewer.result(this.#neighbourTurns).catch(() => null);
    return result?.result === text;
  }

  /** Whether the user was told that this limit was reached. */
  async told(limit: string): Promise<boolean> {
    const { viewer } = this.#at;
    const hit = (): boolean =>
      viewer.events.some(({ type, payload }) => type === 'system' && payload.subtype === 'limit_reached' && payload['limit'] === limit);
    return await until(hit, undefined, 15_000).then(
      () => true,
      () => false,
    );
  }

  /** Whether the user was asked before this attack's command ran. */
  asked(attack: string): boolean {
    return this.#at.viewer.events.some(
      ({ type, payload }) => type === 'tool_approval_request' && JSON.stringify(payload.tool_input).includes(`red team: ${attack}"`),
    );
  }

  /** The content of a workspace file as the user gets it; empty when it is refused. */
  async download(file: string): Promise<string> {
    const reply = await this.#download(file);
    return reply === null ? '' : await reply.text();
  }

  async downloadHeaders(file: string): Promise<Headers | null> {
    const reply = await this.#download(file);
    await reply?.body?.cancel();
    return reply?.headers ?? null;
  }

  async #download(file: string): Promise<Response | null> {
    const { user } = this.owner;
    const { status, body } = await user.call('POST', `/v1/io/sessions/${this.#at.id}/download`, { path: file });
    return status === 200 ? await fetch(String(body['download_url'])) : null;
  }

  /** Names in a folder of the workspace; empty when it is refused. */
  async list(folder: string): Promise<string[]> {
    const query = new URLSearchParams({ path: folder });
    const { body } = await this.owner.user.call('GET', `/v1/io/sessions/${this.#at.id}/files?${query.toString()}`);
    return ((body['entries'] as { name: string }[] | undefined) ?? []).map(({ name }) => name);
  }

  /** Has the user look at what has changed, and at one file of it. False if there was no answer. */
  async looksAtChanges(file: string): Promise<boolean> {
    const at = `/v1/sessions/${this.#at.id}/changes`;
    const { status } = await this.owner.user.call('GET', at);
    await this.owner.user.call('GET', `${at}/file?${new URLSearchParams({ path: file }).toString()}`);
    return status === 200;
  }

  /** Uploads a file; whether or not it is refused. */
  async upload(filename: string, content: string): Promise<void> {
    const { user } = this.owner;
    const at = `/v1/io/sessions/${this.#at.id}/upload`;
    const { status, body } = await user.call('POST', at, { filename, content_type: 'text/plain', size: content.length });
    if (status === 429) throw new Error(`an upload was not tried: ${JSON.stringify(body)}`);
    if (status !== 200) return;
    await fetch(String(body['upload_url']), { method: 'PUT', body: content, headers: { 'content-type': 'text/plain' } });
    await user.call('POST', `${at}/complete`, { upload_id: body['upload_id'] });
  }

  hostFolderHas(word: string): boolean {
    return readdirSync(this.host.folder).some((name) => name.includes(word));
  }

  hostFileChanged(): boolean {
    return readFileSync(this.host.file, 'utf8') !== this.#ownFile;
  }

  /** Ends the attacker's session; whether a process with this word in its command line is still there. */
  async outlivesItsSession(word: string): Promise<boolean> {
    await this.owner.user.call('DELETE', `/v1/sessions/${this.#at.id}`, undefined, 200);
    await this.#at.viewer.frame('session_end');
    return await until(() => !processes().some(({ command }) => command === `sleep ${word}`), undefined, 10_000).then(
      () => false,
      () => true,
    );
  }

  get #at() {
    if (this.#session === undefined) throw new Error('no session attacks');
    return this.#session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Somebody else's session with secrets in all places where an attacker may look. Where one user only is let in, it is theirs. */
async function settle(system: System, owner: User, ownersKey: string, secret: string): Promise<World['neighbour']> {
  const key = `sk-ant-api03-${newSecret('other')}`;
  const other = await system.user('bob@example.com', key).catch(() => null);
  const user = other ?? owner;
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  const servant = `import os, socket, threading
def serve(s):
    s.listen()
    while True:
        c, _ = s.accept(); c.sendall(os.environ["SECRET"].encode()); c.close()
def bound(family, address):
    s = socket.socket(family); s.bind(address); return s
for s in [bound(socket.AF_UNIX, "/tmp/neighbour.sock"), bound(socket.AF_UNIX, chr(0) + "neighbour"), bound(socket.AF_INET, ("127.0.0.1", ${NEIGHBOUR_PORT}))]: threading.Thread(target=serve, args=(s,)).start()`;
  const command = `for place in . /tmp /dev/shm; do echo ${secret} > $place/private; done; rm -f /tmp/neighbour.sock; SECRET=${secret} setsid -f nohup python3 -c '${servant}' neighbour-servant > /dev/null 2>&1; sleep 1; ss -xl 2>/dev/null | grep -c neighbour; echo settled`;
  viewer.prompt(script({ tools: [{ name: 'Bash', input: { command, description: 'settles' } }] }, { text: 'settled' }));
  await viewer.result();
  return { user, key: other === null ? ownersKey : key, id, viewer };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
