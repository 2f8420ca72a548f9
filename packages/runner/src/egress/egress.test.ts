import { createServer as createHttpServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { createServer as createTcpServer, connect, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '@ai-sessions/protocol';
import { fetch } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Egress, type EgressOptions } from './egress.ts';
import type { EgressDecision, EgressOutcome } from './egress-ledger.ts';
import { readOperatorPolicy } from './operator-policy.ts';

interface Row extends EgressDecision {
  outcome: EgressOutcome | null;
}

describe('Egress', () => {
  let folder: string;
  let web: Server;
  let webPort: number;
  const seen: IncomingMessage[] = [];
  const rows: Row[] = [];
  const open: AsyncDisposable[] = [];

  beforeEach(async () => {
    seen.length = 0;
    rows.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'egress-'));
    web = createHttpServer((request, response) => {
      seen.push(request);
      if (request.url === '/redirect') return void response.writeHead(302, { location: 'http://metadata.test/' }).end();
      void text(request).then((body) => response.writeHead(200, { 'set-cookie': 'a=b' }).end(`${request.method} ${request.url} ${body}`));
    });
    webPort = await listen(web);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  const socketPath = () => join(folder, 'egress.sock');

  async function make(
    settings: {
      mode?: 'open' | 'allowlist' | 'off';
      allow?: string;
      network?: Network;
      resolve?: EgressOptions['resolve'];
      bind?: boolean;
    } = {},
  ): Promise<Egress> {
    const problems: string[] = [];
    const operator = readOperatorPolicy(settings.mode ?? 'open', settings.allow, problems);
    expect(problems).toEqual([]);
    const egress = new Egress({ operator, ...(settings.resolve && { resolve: settings.resolve }) });
    open.push(egress);
    if (settings.bind !== false) {
      egress.bind(settings.network ?? null, {
        decided(decision) {
          const row: Row = { ...decision, outcome: null };
          rows.push(row);
          return (outcome) => (row.outcome = outcome);
        },
      });
    }
    await egress.listen(socketPath());
    return egress;
  }

  /** A plain request through the proxy. */
  function plain(
    url: string,
    options: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { method = 'GET', body, headers = {} } = options;
      const sent = httpRequest({ socketPath: socketPath(), path: url, method, headers: { host: 'ignored.test', ...headers } }, resolve);
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** Opens a tunnel; gives its socket after a 200, else the status. */
  async function tunnel(target: string): Promise<{ socket: Socket; status: number; rest: string }> {
    const socket = connect({ path: socketPath(), allowHalfOpen: true });
    socket.on('error', () => {});
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
    let head = '';
    while (!head.includes('\r\n\r\n')) head += String(await new Promise<Buffer>((resolve) => socket.once('data', resolve)));
    return { socket, status: Number(head.split(' ')[1]), rest: head.slice(head.indexOf('\r\n\r\n') + 4) };
  }

  /** Sends bytes as they are; gives all that comes back. */
  async function raw(request: string): Promise<string> {
    const socket = connect({ path: socketPath(), allowHalfOpen: true });
    socket.write(request);
    return text(socket);
  }

  it('carries plain requests to what the operator names, with the host of the URL and no proxy headers', async () => {
    await make({ allow: `127.0.0.1:${webPort}` });
    const answer = await plain(`http://127.0.0.1:${webPort}/path?q=1`, {
      method: 'POST',
      body: 'hello',
      headers: { 'proxy-authorization': 'Basic x', connection: 'x-hop', 'x-hop': '1', authorization: 'Bearer mine' },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['set-cookie']).toEqual(['a=b']);
    expect(await text(answer)).toBe('POST /path?q=1 hello');
    expect(seen[0]?.headers).toMatchObject({ host: `127.0.0.1:${webPort}`, authorization: 'Bearer mine' });
    expect(seen[0]?.headers).not.toHaveProperty('x-hop');
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
    await until(() => rows[0]?.outcome !== null);
    expect(rows).toMatchObject([
      { via: 'sandbox', host: '127.0.0.1', port: webPort, address: '127.0.0.1', allowed: true, outcome: { error: null } },
    ]);
    expect(rows[0]?.outcome?.bytesUp).toBeGreaterThan(50);
    expect(rows[0]?.outcome?.bytesDown).toBeGreaterThan(50);
  });

  it('sends a body in chunks on as a body, whatever the method: none of it is read as a request', async () => {
    await make({ allow: `127.0.0.1:${webPort}` });
    for (const method of ['GET', 'DELETE', 'POST']) {
      const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: internal\r\n\r\n';
      const answer = await plain(`http://127.0.0.1:${webPort}/`, { method, body: smuggled, headers: { 'transfer-encoding': 'chunked' } });
      expect(await text(answer)).toBe(`${method} / ${smuggled}`);
    }
    expect(seen.map(({ url }) => url)).toEqual(['/', '/', '/']);
  });

  it.each([
    'POST http://HOST/ HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST http://HOST/ HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde',
    'POST http://HOST/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'GET http://HOST/ HTTP/1.1\r\nhost : x\r\n\r\n',
    'GET http://HOST/\u0000 HTTP/1.1\r\nhost: x\r\n\r\n',
  ])('refuses what could be read in two ways: %j', async (request) => {
    await make({ allow: `127.0.0.1:${webPort}` });
    expect(await raw(request.replace('HOST', `127.0.0.1:${webPort}`))).toMatch(/^HTTP\/1.1 400 /);
    expect(seen).toEqual([]);
    expect(rows).toEqual([]);
  });

  it('serves HTTP/1.0 and spellings of a host alike, and goes where the URL says, not the host header', async () => {
    const resolve = async (host: string) => (host === 'xn--bcher-kva.test' ? ['127.0.0.1'] : []);
    await make({ allow: `bücher.test:${webPort}`, network: { denied_domains: ['denied.test'] }, resolve });
    const port = webPort;
    expect(await raw(`GET http://B%C3%9CCHER.TEST.:${port}/old HTTP/1.0\r\nhost: denied.test\r\n\r\n`)).toMatch(/200 OK[^]*GET \/old /);
    expect(rows).toMatchObject([{ host: 'xn--bcher-kva.test', port }]);
    for (const host of ['denied.test', 'DENIED.test', 'denied.test.', 'a@denied.test', 'd%65nied.test', '%EF%BD%84enied.test'])
      expect({ host, status: (await plain(`http://${host}:${port}/`)).statusCode }).toEqual({ host, status: 403 });
    expect(seen).toHaveLength(1);
  });

  it.each([25, 22, 1, 1023])('does not reach port %i unless the operator names it', async (port) => {
    await make({ resolve: async () => ['1.1.1.1'] });
    expect((await tunnel(`mail.test:${port}`)).status).toBe(403);
    expect(rows).toMatchObject([{ host: 'mail.test', port, allowed: false, rule: 'port' }]);
  });

  it('refuses private, loopback, metadata and this machine’s addresses, by name and by address', async () => {
    const addresses: Record<string, string[]> = {
      'metadata.test': ['169.254.169.254'],
      'rebound.test': ['127.0.0.1'],
      'mapped.test': ['::ffff:127.0.0.1'],
      'nat64.test': ['64:ff9b::7f00:1'],
      'mixed.test': ['10.0.0.1', '192.168.1.1'],
      'zero.test': ['0.0.0.0'],
    };
    await make({ resolve: async (host) => addresses[host] ?? [host] });
    for (const host of [...Object.keys(addresses), '127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:7f00:1]', 'localhost.']) {
      const answer = await plain(`http://${host}:${webPort}/`);
      expect({ host, status: answer.statusCode, egress: answer.headers['x-egress'] }).toEqual({ host, status: 403, egress: 'denied' });
      expect(await text(answer)).toMatch(/AI_SESSIONS_EGRESS_ALLOW|not on the public internet|could be reached/);
    }
    expect(seen).toEqual([]);
    expect(rows.every((row) => !row.allowed && row.outcome === null)).toBe(true);
  });

  it('dials the address that was judged: a name that changes in between leads nowhere else', async () => {
    let asked = 0;
    // Public when it is judged, loopback each time after.
    await make({ allow: 'rebind.test', resolve: async () => (++asked === 1 ? ['169.254.169.254', '127.0.0.1'] : ['169.254.169.254']) });
    expect((await plain(`http://rebind.test:${webPort}/`)).statusCode).toBe(200);
    expect(rows).toMatchObject([{ address: '127.0.0.1' }]);
    expect(asked).toBe(1);
    expect((await plain(`http://rebind.test:${webPort}/`)).statusCode).toBe(403);
    expect(rows.at(-1)).toMatchObject({ address: '169.254.169.254', allowed: false, rule: 'address: linkLocal' });
    expect(seen).toHaveLength(1);
  });

  it('tunnels both ways, half-closed too, and counts the bytes', async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      const got: Buffer[] = [];
      socket.on('data', (chunk) => got.push(chunk));
      // Answers only when the other side has said all.
      socket.once('end', () => socket.end(Buffer.concat(got)));
    });
    const port = await listen(echo);
    await make({ allow: '127.0.0.1' });
    const { socket, status } = await tunnel(`127.0.0.1:${port}`);
    expect(status).toBe(200);
    socket.end('x'.repeat(500_000));
    expect(await text(socket)).toBe('x'.repeat(500_000));
    await until(() => rows[0]?.outcome !== null);
    expect(rows[0]?.outcome).toMatchObject({ bytesUp: 500_000, bytesDown: 500_000, error: null });
    await close(echo);
  });

  it('buffers little for a reader that does not read', async () => {
    let sent = 0;
    const hose = createTcpServer((socket) => {
      socket.on('error', () => {});
      const chunk = Buffer.alloc(64 * 1024);
      const pour = () => {
        while (!socket.destroyed && sent < 200_000_000) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once('drain', pour);
        }
      };
      pour();
    });
    const port = await listen(hose);
    await make({ allow: '127.0.0.1' });
    const { socket } = await tunnel(`127.0.0.1:${port}`);
    socket.pause();
    await sleep(500);
    const before = sent;
    await sleep(300);
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(20_000_000);
    socket.destroy();
    await until(() => rows[0]?.outcome !== null);
    await close(hose);
  });

  it.each([
    ['GET', '/origin-form'],
    ['GET', 'https://example.com/'],
    ['GET', 'ftp://example.com/'],
    ['GET', 'http://'],
  ])('takes no %s %s', async (method, url) => {
    await make();
    expect((await plain(url, { method })).statusCode).toBe(400);
    expect(rows).toEqual([]);
  });

  it.each(['example.com', 'example.com:0', 'example.com:99999', 'a b:80', ':80', '[::1:80', 'user@example.com:80'])(
    'opens no tunnel to %s',
    async (target) => {
      await make({ resolve: async () => expect.unreachable() });
      const { status } = await tunnel(target);
      expect([400, 403]).toContain(status);
      expect(rows.map(({ allowed, rule }) => ({ allowed, rule }))).toEqual(status === 403 ? [{ allowed: false, rule: 'malformed' }] : []);
    },
  );

  it('says what failed: no such name, nobody there, no session yet', async () => {
    await make({ allow: '127.0.0.1,gone.test', resolve: async (host) => (host === 'gone.test' ? [] : [host]) });
    const spare = createTcpServer();
    const port = await listen(spare);
    await close(spare);
    expect(await tunnel('gone.test:443')).toMatchObject({ status: 502, rest: 'There is no address for gone.test.\n' });
    expect(await tunnel(`127.0.0.1:${port}`)).toMatchObject({ status: 502, rest: expect.stringContaining('ECONNREFUSED') });
    expect(rows).toMatchObject([
      { host: 'gone.test', address: null, allowed: true, outcome: { error: 'not resolved' } },
      { address: '127.0.0.1', allowed: true, outcome: { error: 'ECONNREFUSED' } },
    ]);
    await open.pop()?.[Symbol.asyncDispose]();
    await make({ bind: false, allow: '127.0.0.1' });
    expect(await tunnel(`127.0.0.1:${webPort}`)).toMatchObject({ status: 503 });
    expect(seen).toEqual([]);
  });

  it('gives a policy that is bound late, and bounds what one session has open', async () => {
    const waiting = createTcpServer((socket) => socket.on('error', () => {}));
    const port = await listen(waiting);
    const egress = await make({ allow: '127.0.0.1' });
    const dialled = await Promise.all(Array.from({ length: 260 }, () => egress.dial('127.0.0.1', port, 'sandbox')));
    expect(dialled.filter(({ ok }) => ok)).toHaveLength(256);
    expect(dialled.filter((one) => !one.ok && one.status === 503)).toHaveLength(4);
    expect(rows.filter(({ allowed, rule }) => !allowed && rule === 'connections')).toHaveLength(4);
    await egress[Symbol.asyncDispose]();
    await until(() => rows.every((row) => !row.allowed || row.outcome !== null));
    await close(waiting);
  });

  describe('for the runner’s own requests', () => {
    it('fetches under the same policy and writes the same ledger', async () => {
      const egress = await make({ allow: `127.0.0.1:${webPort}` });
      const dispatcher = egress.dispatcher();
      const answer = await fetch(`http://127.0.0.1:${webPort}/mcp`, { dispatcher, method: 'POST', body: 'ping' });
      expect(await answer.text()).toBe('POST /mcp ping');
      await expect(fetch('http://192.168.7.7/', { dispatcher })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('not on the public internet') },
      });
      expect(rows).toMatchObject([
        { via: 'mcp', allowed: true },
        { via: 'mcp', host: '192.168.7.7', allowed: false },
      ]);
    });

    it('judges where a redirect leads', async () => {
      const resolve = async (host: string) => (host === 'metadata.test' ? ['169.254.169.254'] : [host]);
      const egress = await make({ allow: `127.0.0.1:${webPort}`, resolve });
      await expect(fetch(`http://127.0.0.1:${webPort}/redirect`, { dispatcher: egress.dispatcher() })).rejects.toThrow();
      expect(rows.at(-1)).toMatchObject({ host: 'metadata.test', allowed: false });
    });
  });
});

async function listen(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function close(server: TcpServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done(); tries += 1) {
    if (tries > 500) throw new Error('it did not come to be');
    await sleep(10);
  }
}
